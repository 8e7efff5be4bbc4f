"""Who may use our own resources, and what their types begin with.

Source: design own-api.
"""

from __future__ import annotations

from vestibule.edm.declare import Access, Entity, Property
from vestibule.roles import GLOBAL_ADMINISTRATOR

ACCESS = Access(
    read=("Vestibule.Read.All", "Vestibule.ReadWrite.All"),
    write=("Vestibule.ReadWrite.All",),
    read_roles=(GLOBAL_ADMINISTRATOR,),
    write_roles=(GLOBAL_ADMINISTRATOR,),
)
ENTITY = Entity(
    "vestibule.entity",
    abstract=True,
    properties=(Property("id", nullable=False, write="never"),),
)
