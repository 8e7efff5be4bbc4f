"""The built-in user flow attributes, as rows of every tenant that exists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# As of this version. Later ones change what new tenants get, and bring a migration of their own.
ATTRIBUTES = (
    ("city", "City", "The city in which the user lives.", "string"),
    ("country", "Country/Region", "The country or region in which the user lives.", "string"),
    ("displayName", "Display Name", "Display Name of the User.", "string"),
    ("email", "Email Address", "Email address of the user.", "string"),
    ("emails", "Email Addresses", "Email addresses of the user.", "stringCollection"),
    ("givenName", "Given Name", "The user's given name, or first name.", "string"),
    (
        "identityProvider",
        "Identity Provider",
        "The social identity provider used by the user to access to your application.",
        "string",
    ),
    (
        "identityProviderAccessToken",
        "Identity Provider Access Token",
        "The access token that the identity provider issued for the user.",
        "string",
    ),
    ("jobTitle", "Job Title", "The user's job title.", "string"),
    (
        "legalAgeGroupClassification",
        "Legal Age Group Classification",
        "The legal age group of the user.",
        "string",
    ),
    (
        "newUser",
        "User is new",
        "True, if the user has just signed-up for your application.",
        "boolean",
    ),
    (
        "objectId",
        "User's Object ID",
        "Object identifier (ID) of the user object in Azure AD.",
        "string",
    ),
    ("postalCode", "Postal Code", "The postal code of the user's address.", "string"),
    ("state", "State/Province", "The state or province of the user's address.", "string"),
    ("streetAddress", "Street Address", "The street of the user's address.", "string"),
    ("surname", "Surname", "The user's surname, or last name.", "string"),
)

_ADD = sa.text(
    "INSERT INTO user_flow_attribute"
    " (tenant, key, id, version, display_name, description, data_type, attribute_type)"
    " SELECT t.id, :key, :id, 1, :name, :description, :data_type, 'builtIn' FROM tenant AS t"
    " WHERE NOT EXISTS (SELECT 1 FROM user_flow_attribute AS a"
    " WHERE a.tenant = t.id AND a.key = :key)"
)
_REMOVE = sa.text("DELETE FROM user_flow_attribute WHERE attribute_type = 'builtIn'")


def upgrade() -> None:
    for id, name, description, data_type in ATTRIBUTES:
        values = {"key": id.casefold(), "id": id, "name": name}
        values |= {"description": description, "data_type": data_type}
        op.get_bind().execute(_ADD, values)


def downgrade() -> None:
    op.get_bind().execute(_REMOVE)
