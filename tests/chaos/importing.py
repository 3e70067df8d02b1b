"""Lists of the mailbox loaded one after another, then again; one that was killed is loaded again until it ends well."""

import random
import threading
import time
from pathlib import Path

from tests.chaos.clients import Crowd
from tests.chaos.processes import Nursery
from tests.intake.samples import message, write_csv


MOST = 20  # lists that there are; then they come again


class Importing(threading.Thread):
    """One importer, which loads lists of `rows` rows each."""

    def __init__(self, nursery: Nursery, crowd: Crowd, folder: Path, rows: int) -> None:
        super().__init__(name="importer0", daemon=True)
        self.nursery, self.crowd, self.folder, self.rows = nursery, crowd, folder, rows
        self.lists, self.dice = 0, random.Random(f"{crowd.seed}:importer")

    def run(self) -> None:
        try:
            while not self.crowd.stop.is_set():
                self.load(self.lists if self.lists < MOST else self.dice.randrange(MOST))
                self.lists += 1
        except Exception as error:
            self.crowd.faults.append(f"{self.name}: {error!r}")
            raise

    def load(self, number: int) -> None:
        """One list, to its end."""
        path = self.folder / f"list{number}.csv"
        done = path.with_suffix(".done")
        numbers = [f"LY-{number}-{n}" for n in range(self.rows)]
        done.unlink(missing_ok=True)
        write_csv(path, [message(one) for one in numbers])
        asked = self.crowd.journal.asks(self.name, "import", path.name, numbers=numbers)
        order = {"file": str(path), "area": self.crowd.street.codes["street_b"], "log": str(path.with_suffix(".log")), "done": str(done)}
        process = self.nursery.start("importer", self.name, **order)
        process.order = {"environ": process.order["environ"], **order}
        while not done.exists() and self.crowd.patient:
            if not process.alive:
                self.nursery.again(process)
            time.sleep(0.1)
        self.crowd.journal.hears(asked, **({"status": 200} if done.exists() else {"lost": "gave up"}))
