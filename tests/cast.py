"""The cast: the named people of the tests, at an organisation called Northbeam. One password for all of them."""

from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "a quiet harbour in March"


@dataclass(frozen=True)
class Named:
    """A person of the cast. `id` is the row's id in every world; `roles` are their own."""

    id: int
    name: str
    roles: tuple[str, ...]

    @property
    def email(self) -> str:
        """The address they sign in with."""
        return f"{self.name.lower().replace(' ', '.')}@northbeam.example"

    @property
    def actor(self) -> str:
        """How the override log names them."""
        return f"person:{self.id}"


PRIYA = Named(1, "Priya Raman", ("revops",))
JONAS = Named(2, "Jonas Petersen", ("revops",))
DANA = Named(3, "Dana Whitfield", ("csm",))
MARCUS = Named(4, "Marcus Oyelaran", ("csm",))
INES = Named(5, "Ines Castellanos", ("implementation_lead",))
HELEN = Named(6, "Helen Strand", ("cs_leader",))
TOM = Named(7, "Tom Abara", ("manager",))
LENA = Named(8, "Lena Vogt", ("sales_owner",))
NOOR = Named(9, "Noor Haddad", ("finance",))
RAVI = Named(10, "Ravi Menon", ("product_owner",))
AIKO = Named(11, "Aiko Mori", ("auditor",))
SAM = Named(12, "Sam Keller", ("admin",))

EVERYBODY = (PRIYA, JONAS, DANA, MARCUS, INES, HELEN, TOM, LENA, NOOR, RAVI, AIKO, SAM)
AUTOMATION = "Handoff agent"
SOMEBODY_ELSES = "Renewal agent"
