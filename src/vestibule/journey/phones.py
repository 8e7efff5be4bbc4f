"""Phone numbers: what people type, as E.164 has it.

Only what telephone exchanges need is known here: the calling codes of countries and the digits that
callers within a country dial before a number. Whether a number is anybody's, the code that is sent
to it shows. Source: ITU-T E.164 with its list of assigned codes; E.123.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from unicodedata import decimal

from vestibule.addresses import PHONE_NUMBER

NUMBER_LIMIT = 40  # characters as typed


def _table(text: str) -> Mapping[str, str]:
    entries = (entry.strip().partition(" ") for entry in text.split(";"))
    return {country: code for country, _, code in entries}


CALLING_CODES: Mapping[str, str] = _table("""
AF 93; AX 358; AL 355; DZ 213; AS 1; AD 376; AO 244; AI 1; AG 1; AR 54; AM 374; AW 297; AU 61;
AT 43; AZ 994; BS 1; BH 973; BD 880; BB 1; BY 375; BE 32; BZ 501; BJ 229; BM 1; BT 975; BO 591;
BQ 599; BA 387; BW 267; BR 55; IO 246; VG 1; BN 673; BG 359; BF 226; BI 257; CV 238; KH 855;
CM 237; CA 1; KY 1; CF 236; TD 235; CL 56; CN 86; CX 61; CC 61; CO 57; KM 269; CG 242; CD 243;
CK 682; CR 506; CI 225; HR 385; CU 53; CW 599; CY 357; CZ 420; DK 45; DJ 253; DM 1; DO 1; EC 593;
EG 20; SV 503; GQ 240; ER 291; EE 372; SZ 268; ET 251; FK 500; FO 298; FJ 679; FI 358; FR 33;
GF 594; PF 689; GA 241; GM 220; GE 995; DE 49; GH 233; GI 350; GR 30; GL 299; GD 1; GP 590; GU 1;
GT 502; GG 44; GN 224; GW 245; GY 592; HT 509; HN 504; HK 852; HU 36; IS 354; IN 91; ID 62; IR 98;
IQ 964; IE 353; IM 44; IL 972; IT 39; JM 1; JP 81; JE 44; JO 962; KZ 7; KE 254; KI 686; XK 383;
KW 965; KG 996; LA 856; LV 371; LB 961; LS 266; LR 231; LY 218; LI 423; LT 370; LU 352; MO 853;
MG 261; MW 265; MY 60; MV 960; ML 223; MT 356; MH 692; MQ 596; MR 222; MU 230; YT 262; MX 52;
FM 691; MD 373; MC 377; MN 976; ME 382; MS 1; MA 212; MZ 258; MM 95; NA 264; NR 674; NP 977; NL 31;
NC 687; NZ 64; NI 505; NE 227; NG 234; NU 683; NF 672; KP 850; MK 389; MP 1; NO 47; OM 968; PK 92;
PW 680; PS 970; PA 507; PG 675; PY 595; PE 51; PH 63; PL 48; PT 351; PR 1; QA 974; RE 262; RO 40;
RU 7; RW 250; BL 590; SH 290; KN 1; LC 1; MF 590; PM 508; VC 1; WS 685; SM 378; ST 239; SA 966;
SN 221; RS 381; SC 248; SL 232; SG 65; SX 1; SK 421; SI 386; SB 677; SO 252; ZA 27; KR 82; SS 211;
ES 34; LK 94; SD 249; SR 597; SJ 47; SE 46; CH 41; SY 963; TW 886; TJ 992; TZ 255; TH 66; TL 670;
TG 228; TK 690; TO 676; TT 1; TN 216; TR 90; TM 993; TC 1; TV 688; VI 1; UG 256; UA 380; AE 971;
GB 44; US 1; UY 598; UZ 998; VU 678; VA 39; VE 58; VN 84; WF 681; EH 212; YE 967; ZM 260; ZW 263
""")
"""ISO 3166-1 code of a country or region → its calling code. Where nobody lives, nobody calls."""

_CODES = frozenset(CALLING_CODES.values())
_LONGEST_CODE = 3

_TRUNK = re.compile("0")
"""What is dialled before a number within most countries, and is no part of it."""
_TRUNKS: Mapping[str, re.Pattern[str]] = {
    **dict.fromkeys(("39", "225", "229", "241", "242", "378"), re.compile("(?!)")),  # 0 belongs
    "1": re.compile(r"1(?=\d{10}$)"),
    "7": re.compile(r"8(?=\d{10}$)"),
    "36": re.compile(r"06"),
    "370": re.compile(r"[08](?=\d{8}$)"),
    "375": re.compile(r"80?(?=\d{9}$)"),
    "993": re.compile(r"8(?=\d{8}$)"),
}
"""By calling code, where it is something else."""

_ABROAD = re.compile(r"\+|00")
"""Before a calling code: in writing, and as it is dialled nearly everywhere."""

_BETWEEN = re.compile(r"\(0\)|[\s()./\u2010-\u2015\u2212\u200e\u200f\u202a-\u202e\u2066-\u2069-]")
"""What people write between digits, and what comes along when a number is copied."""
_LEAST, _MOST = 7, 15  # digits with the calling code


def e164(number: str, country: str) -> str:
    """The number as it is called from anywhere: a plus sign and digits; "" if it can be none.

    `country` is an ISO code or a calling code; a number that has its own needs none. Mobile numbers
    of Argentina are written otherwise within the country, and have to be typed with their own.
    """
    typed = _digits(_BETWEEN.sub("", number.strip()))
    called = _ABROAD.match(typed)
    if called:
        code = _code_of(typed[called.end() :])
        national = typed[called.end() + len(code) :]
    else:
        code = calling_code(country)
        national = typed[_dialled(code, typed) :]
    whole = f"+{code}{national}"
    fits = code and PHONE_NUMBER.fullmatch(whole) and _LEAST < len(whole) <= _MOST + 1
    return whole if fits else ""


def calling_code(country: str) -> str:
    """By the ISO code of a country, or as itself with or without a plus sign; "" if none is."""
    code = country.strip().removeprefix("+")
    return CALLING_CODES.get(code.upper(), code if code in _CODES else "")


def _dialled(code: str, typed: str) -> int:
    """How many digits stand before the number itself."""
    trunk = _TRUNKS.get(code, _TRUNK).match(typed)
    return trunk.end() if trunk else 0


def _code_of(digits: str) -> str:
    """No calling code begins with another one."""
    heads = (digits[:length] for length in range(1, _LONGEST_CODE + 1))
    return next((head for head in heads if head in _CODES), "")


def _digits(text: str) -> str:
    """Digits of any script, and a full-width plus sign, as ASCII."""
    known = (str(decimal(letter)) if letter.isdecimal() else letter for letter in text)
    return "".join(known).replace("\uff0b", "+")
