"""What kind of customer each lead is: the CRM's tags and those of the customer's words, to list leads by."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    op.add_column("leads", sa.Column("found_tags", JSON, nullable=True))
    tags = op.create_table(
        "lead_tags",
        sa.Column("lead_id", sa.String(length=40), nullable=False),
        sa.Column("tag", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name=op.f("fk_lead_tags_lead_id")),
        sa.PrimaryKeyConstraint("lead_id", "tag", name=op.f("pk_lead_tags")),
    )
    op.create_index(op.f("ix_lead_tags_tag"), "lead_tags", ["tag"], unique=False)
    leads = sa.table("leads", sa.column("id", sa.String), sa.column("tags", JSON))
    given = op.get_bind().execute(sa.select(leads.c.id, leads.c.tags)).all()
    rows = [{"lead_id": lead_id, "tag": tag} for lead_id, named in given for tag in dict.fromkeys(named)]
    op.bulk_insert(tags, rows)


def downgrade() -> None:
    op.drop_table("lead_tags")
    with op.batch_alter_table("leads") as table:
        table.drop_column("found_tags")
