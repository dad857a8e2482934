"""Maps the digits of a font to their tabular forms: tabular.py SOURCE TARGET."""

import sys

from fontTools.ttLib import TTFont

source, target = sys.argv[1:]
font = TTFont(source, recalcTimestamp=False)
substitutions = font["GSUB"].table
tabular = {}
for record in substitutions.FeatureList.FeatureRecord:
    if record.FeatureTag == "tnum":
        for index in record.Feature.LookupListIndex:
            for table in substitutions.LookupList.Lookup[index].SubTable:
                tabular.update(getattr(getattr(table, "ExtSubTable", table), "mapping", {}))
for table in font["cmap"].tables:
    for digit in map(ord, "0123456789"):
        if digit in table.cmap:
            table.cmap[digit] = tabular.get(table.cmap[digit], table.cmap[digit])
font.save(target)
