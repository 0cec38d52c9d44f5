"""What stands in the project's own files: locks, packages, doors and the image."""

import os
import re
import shlex
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
READMES = ("README.md", "README.zh-CN.md")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_has_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-i|-f|--index-url|--extra-index-url|--find-links|--trusted-host)\b", text, re.MULTILINE)
    packages = re.findall(r"^([\w.-]+)==[^\n]*((?:\n {4}--hash=\S+(?: \\)?)+)", text, re.MULTILINE)
    assert len(packages) == len(re.findall(r"^[\w.-]+==", text, re.MULTILINE)) > 0


def test_the_locks_hold_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = {
        "requirements.lock": project["project"]["dependencies"],
        "requirements-dev.lock": [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]],
        "requirements-bench.lock": [*project["project"]["dependencies"], *project["dependency-groups"]["bench"]],
    }
    for name, wanted in asked.items():
        locked = set(re.findall(r"^([\w.-]+)==", (ROOT / name).read_text(), re.MULTILINE))
        names = {re.split(r"[\[=<>;~ ]", line, maxsplit=1)[0].lower() for line in wanted}
        assert names <= locked, name


def test_what_runs_is_locked_at_the_same_version_for_tests() -> None:
    def pins(name: str) -> dict[str, str]:
        return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.MULTILINE))

    runtime, tests = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: tests.get(name) for name in runtime} == runtime


def test_packages_are_only_folders() -> None:
    full = [
        path
        for half in ("bot", "gateway", "tests")
        for path in (ROOT / half).rglob("__init__.py")
        if path.stat().st_size
    ]
    assert full == []


def test_the_doors_can_be_opened() -> None:
    for door in ("run", ".ci/run"):
        assert os.access(ROOT / door, os.X_OK), door
    assert (ROOT / "run").read_text().startswith("#!/bin/sh\n")
    assert "CI=true exec ./run test" in (ROOT / ".ci/run").read_text()


@pytest.mark.parametrize("readme", READMES)
def test_the_readme_shows_the_doors_that_exist(readme: str) -> None:
    text = (ROOT / readme).read_text()
    words = set(re.findall(r"^\./run(?: ([a-z]+))?", text, re.MULTILINE))
    assert {"", "test"} <= words, "the two commands"
    known = re.findall(r"^([a-z]+(?: \| [a-z]+)*)\)$", (ROOT / "run").read_text(), re.MULTILINE)
    offered = {word for line in known for word in line.split(" | ")}
    assert words - {""} <= offered


@pytest.mark.parametrize("readme", READMES)
def test_every_link_in_the_readme_leads_somewhere(readme: str) -> None:
    links = re.findall(r"\]\(([^)#]+)", (ROOT / readme).read_text())
    local = [link for link in links if not re.match(r"[a-z]+:", link)]
    assert local
    assert [link for link in local if not (ROOT / link).exists()] == []


def test_both_readmes_have_the_same_chapters_and_commands() -> None:
    english, chinese = ((ROOT / name).read_text() for name in READMES)
    assert len(re.findall(r"^## ", english, re.MULTILINE)) == len(re.findall(r"^## ", chinese, re.MULTILINE))
    commands = [re.findall(r"^(\./run\S*(?: [a-z-]+){0,2})", text, re.MULTILINE) for text in (english, chinese)]
    assert commands[0] == commands[1]


def test_decisions_are_numbered_without_a_gap_and_have_their_parts() -> None:
    papers = sorted((ROOT / "docs/adr").glob("*.md"))
    assert [int(paper.name[:4]) for paper in papers] == list(range(len(papers)))
    for paper in papers[1:]:
        text = paper.read_text()
        assert text.startswith(f"# {paper.name[:4]} ")
        for part in ("Status: ", "## Why the question arose", "## Decision", "## What follows"):
            assert part in text, paper.name


class TestTheImage:
    def stages(self) -> list[list[list[str]]]:
        text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(), flags=re.MULTILINE))
        lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
        starts = [number for number, line in enumerate(lines) if line[0] == "FROM"]
        return [lines[start:end] for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)]

    def test_it_is_built_in_stages_from_public_images(self) -> None:
        stages = self.stages()
        assert len(stages) > 1
        assert all(re.fullmatch(r"python:[\w.-]+( AS \w+)?", stage[0][1]) for stage in stages)

    def test_it_copies_only_sources_that_exist_and_all_that_run(self) -> None:
        copied = {
            source
            for word, rest in self.stages()[-1]
            if word == "COPY" and not rest.startswith("--from")
            for source in rest.split()[:-1]
        }
        assert {"bot", "gateway", "templates", "locales"} <= copied
        assert [source for source in copied if not (ROOT / source).exists()] == []
        passed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
        assert copied <= passed

    def test_it_runs_as_an_ordinary_user(self) -> None:
        users = [rest for word, rest in self.stages()[-1] if word == "USER"]
        assert users and all(int(user.split(":")[0]) > 0 for user in users)
        words = [word for word, _ in self.stages()[-1]]
        assert words.index("USER") > max(number for number, word in enumerate(words) if word in ("COPY", "RUN"))

    def test_its_command_is_a_verb_that_exists(self) -> None:
        from gateway.__main__ import VERBS

        final = dict(self.stages()[-1])
        assert final["ENTRYPOINT"] == '["python", "-P", "-m"]'
        package, verb = re.findall(r'"([^"]+)"', final["CMD"])
        assert (ROOT / package / "__main__.py").exists()
        assert verb in VERBS

    def test_it_holds_no_secret(self) -> None:
        text = (ROOT / "Dockerfile").read_text()
        assert not re.search(r"^(ENV|ARG).*(TOKEN|PASSWORD|SECRET|KEYRING)", text, re.MULTILINE)
        names = re.findall(r"\b([A-Z_]*(?:TOKEN|PASSWORD|SECRET|KEYRING)[A-Z_]*)=", shlex.join(text.split()))
        assert names == []


class TestTheComposition:
    def services(self) -> dict[str, dict[str, object]]:
        services: dict[str, dict[str, object]] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
        return services

    def test_every_process_is_there_with_a_verb_that_exists(self) -> None:
        from gateway.__main__ import VERBS

        commands = {name: service.get("command") for name, service in self.services().items() if "build" in service}
        assert {"api", "work", "bot", "migrate"} <= commands.keys()
        for command in commands.values():
            assert isinstance(command, list)
            assert command == ["bot"] or (command[0] == "gateway" and command[1] in VERBS)

    def test_every_secret_comes_from_outside(self) -> None:
        for name, service in self.services().items():
            environment = service.get("environment", {})
            assert isinstance(environment, dict)
            for key, value in environment.items():
                if re.search("TOKEN|PASSWORD|SECRET", key):
                    assert str(value).startswith("${"), f"{name}: {key}"

    def test_only_the_two_doors_are_open_and_only_on_this_machine(self) -> None:
        ports = [port for service in self.services().values() for port in service.get("ports", [])]  # type: ignore[attr-defined]
        assert sorted(ports) == ["127.0.0.1:8000:8000", "127.0.0.1:8001:8001"]

    def test_its_settings_exist(self) -> None:
        from bot.settings import Settings as BotSettings
        from gateway.settings import Settings as GatewaySettings

        known = {name.upper() for each in (GatewaySettings, BotSettings) for name in each.model_fields}
        for service in self.services().values():
            if "build" in service:
                assert set(service["environment"]) <= known  # type: ignore[call-overload]
