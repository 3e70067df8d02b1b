"""Lists of the mailbox loaded one after another; one that was killed is loaded again until it ends well."""

import threading
import time
from pathlib import Path

from tests.chaos.clients import Crowd
from tests.chaos.processes import Nursery
from tests.intake.samples import message, write_csv


class Importing(threading.Thread):
    """One importer, which loads lists of `rows` rows, the same rows never twice."""

    def __init__(self, nursery: Nursery, crowd: Crowd, folder: Path, rows: int) -> None:
        super().__init__(name="importer0", daemon=True)
        self.nursery, self.crowd, self.folder, self.rows = nursery, crowd, folder, rows
        self.lists = 0

    def run(self) -> None:
        try:
            while not self.crowd.stop.is_set():
                self.load(self.lists)
                self.lists += 1
        except Exception as error:
            self.crowd.faults.append(f"{self.name}: {error!r}")
            raise

    def load(self, number: int) -> None:
        """One list, to its end."""
        path = self.folder / f"list{number}.csv"
        done = path.with_suffix(".done")
        numbers = [f"LY-{number}-{n}" for n in range(self.rows)]
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
