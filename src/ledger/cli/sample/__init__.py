"""Made-up but realistic data of a district for the demonstration and for tests: enterprises, officers, items, a plan.

Read in this order: `sheet` (how choices are made again), `words`, `targets`, `officers`, `items`, `plan`, `files`.
Everything is in the dialect of office sheets (Chinese column heads, text cells): it is imported like any other file.
"""

from ledger.cli.sample.files import write_samples
from ledger.cli.sample.items import sample_items
from ledger.cli.sample.officers import sample_officers
from ledger.cli.sample.plan import sample_plan
from ledger.cli.sample.sheet import Sheet
from ledger.cli.sample.targets import sample_targets

__all__ = ["Sheet", "sample_targets", "sample_officers", "sample_items", "sample_plan", "write_samples"]
