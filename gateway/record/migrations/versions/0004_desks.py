"""What officials keep at their desks, and the indexes their lists read by."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UP = (
    """CREATE TABLE kept_views (
        id UUID NOT NULL,
        official_id UUID NOT NULL,
        path TEXT NOT NULL,
        name TEXT NOT NULL,
        query TEXT NOT NULL,
        created_at TIMESTAMP WITH TIME ZONE NOT NULL,
        CONSTRAINT pk_kept_views PRIMARY KEY (id),
        CONSTRAINT uq_kept_views_official_id_path_name UNIQUE (official_id, path, name),
        CONSTRAINT fk_kept_views_official_id_officials FOREIGN KEY(official_id) REFERENCES officials (id)
    )""",
    """CREATE TABLE held_actions (
        id UUID NOT NULL,
        official_id UUID NOT NULL,
        action TEXT NOT NULL,
        subjects UUID[] NOT NULL,
        facts JSONB NOT NULL,
        state TEXT NOT NULL,
        made_at TIMESTAMP WITH TIME ZONE NOT NULL,
        due_at TIMESTAMP WITH TIME ZONE NOT NULL,
        results JSONB NOT NULL,
        CONSTRAINT pk_held_actions PRIMARY KEY (id),
        CONSTRAINT fk_held_actions_official_id_officials FOREIGN KEY(official_id) REFERENCES officials (id)
    )""",
    "CREATE INDEX ix_held_actions_due ON held_actions (due_at) WHERE state = 'held'",
    "CREATE INDEX ix_alerts_open ON alerts (raised_at, id) WHERE status <> 'resolved'",
    "CREATE INDEX ix_alerts_acknowledged_by ON alerts (acknowledged_by) WHERE acknowledged_by is not null",
    "CREATE INDEX ix_alerts_assigned_to ON alerts (assigned_to) WHERE assigned_to is not null",
    *(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {role}"
        for table in ("kept_views", "held_actions")
        for role in ("shaodian_app", "shaodian_work")
    ),
)
_DOWN = (
    "DROP INDEX ix_alerts_assigned_to",
    "DROP INDEX ix_alerts_acknowledged_by",
    "DROP INDEX ix_alerts_open",
    "DROP TABLE held_actions",
    "DROP TABLE kept_views",
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
