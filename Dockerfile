# One image for every process: the command names which (see compose.yaml). No secret is ever built in: the keyring, the
# tokens and the engines' addresses come from the environment and from mounted files when a container starts.

FROM python:3.11-slim-bookworm AS packages
WORKDIR /app
COPY requirements.lock ./
RUN python -m venv .venv \
 && .venv/bin/python -m pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock \
 && .venv/bin/python -m compileall -q .venv

FROM python:3.11-slim-bookworm
RUN groupadd --gid 10001 shaodian \
 && useradd --uid 10001 --gid shaodian --no-create-home --home-dir /app --shell /usr/sbin/nologin shaodian \
 && install -d -o shaodian -g shaodian -m 700 /var/lib/shaodian
WORKDIR /app
COPY --from=packages /app/.venv .venv
COPY LICENSE pyproject.toml ./
COPY locales locales
COPY templates templates
COPY demo demo
COPY bot bot
COPY gateway gateway
RUN python -m compileall -q bot gateway
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONPATH=/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    SHAODIAN_HOME=/var/lib/shaodian \
    GATEWAY_HOST=0.0.0.0 \
    BOT_HOST=0.0.0.0
VOLUME /var/lib/shaodian
EXPOSE 8000 8001
USER 10001:10001
ENTRYPOINT ["python", "-P", "-m"]
CMD ["gateway", "api"]
