"""Which columns of a roster say who a student is, whatever the platform that wrote it calls them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

#: Names of columns without case, accents, blanks and marks; the first line that a file has wins.
_IDS = (
    ("id",),
    # The number that a university gives.
    ("studentid", "studentidnumber", "studentnumber", "studentno", "studentnr", "idnumber", "sid", "sisuserid", "sisid",
     "orgdefinedid", "universityid", "matriculationnumber", "registrationnumber", "candidatenumber", "matrikelnummer",
     "matrikelnr", "matrnr", "matnr", "studentnummer", "numeroetudiant", "numerodetudiant", "numerodidentification",
     "numerodematricula", "matricula", "numerodeid", "matricola", "opiskelijanumero"),
    # What they log in with.
    ("username", "userid", "login", "loginid", "loginname", "sisloginid", "netid", "anmeldename", "benutzername",
     "benutzerkennung", "nomdutilisateur", "nombredeusuario", "usuario", "nomeutente", "gebruikersnaam"),
    ("email", "emailaddress", "mail", "emailadresse", "mailadresse", "emailadres", "adressedecourriel", "courriel",
     "direcciondecorreo", "direcciondeemail", "correoelectronico", "indirizzoemail", "schoolemail"),
    ("identifier",),
)  # fmt: skip
_NAMES = (
    "name", "fullname", "studentname", "displayname", "student", "vollstandigername", "vornamename", "namevorname",
    "nomcomplet", "nombrecompleto", "nomecompleto", "volledigenaam", "naam",
)  # fmt: skip
_FIRSTS = (
    "firstname", "givenname", "forename", "firstnames", "givennames", "vorname", "rufname", "prenom", "prenoms",
    "nombre", "nome", "voornaam", "fornamn", "etunimi",
)  # fmt: skip
_LASTS = (
    "lastname", "surname", "familyname", "nachname", "familienname", "nom", "nomdefamille", "apellido", "apellidos",
    "cognome", "sobrenome", "achternaam", "efternamn", "sukunimi",
)  # fmt: skip
_GROUPS = (
    "group", "groups", "section", "sections", "class", "tutorial", "gruppe", "gruppen", "klasse", "groupe", "groupes",
    "grupo", "grupos", "gruppo", "gruppi", "groep", "groepen",
)  # fmt: skip
NEEDED = (
    "a column id is needed, or one with student numbers, user names or e-mail addresses; name and group if you like"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Where the columns stand that say who a student is.

    Attributes
    ----------
    ids : tuple of int
        Columns that may hold the id, the best first.
    name : tuple of int
        One column with the whole name, or first and last name, or none.
    group : int or None
    """

    ids: tuple[int, ...]
    name: tuple[int, ...]
    group: int | None

    def apart_from(self, taken: int) -> frozenset[int]:
        """Columns that are no further ones once an id is taken: what they say is kept under its own word."""
        whole = self.name if len(self.name) == 1 else ()
        return frozenset({taken, *whole} | ({self.group} if self.group is not None else set()))


def known_columns(columns: Sequence[str]) -> Known:
    """Where a header names what is known of a student.

    Parameters
    ----------
    columns : sequence of str
        As the file spells them.
    """
    plain = [bare(column) for column in columns]

    def places(words: Sequence[str]) -> list[int]:
        return [plain.index(word) for word in words if word in plain]

    ids = [place for words in _IDS for place in places(words)]
    whole, first, last = places(_NAMES), places(_FIRSTS), places(_LASTS)
    # "Name, Vorname": here the one called name is the last name.
    if first and not last and whole and plain[whole[0]] in ("name", "naam"):
        last = whole[:1]
        whole = whole[1:]
    parts = (*first[:1], *last[:1]) if first or last else ()
    name = parts if len(parts) == 2 or not whole else tuple(whole[:1])
    group = next(iter(places(_GROUPS)), None)
    return Known(ids=tuple(ids), name=name, group=group)


def bare(column: str) -> str:
    """A column's name without case, accents, blanks and marks: ``E-Mail Address`` is ``emailaddress``."""
    letters = unicodedata.normalize("NFKD", column.casefold())
    return "".join(letter for letter in letters if letter.isalnum())
