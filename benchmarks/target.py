"""What the measurements of `benchmarks/targets` share."""

import statistics
import typing

from load import bench
from servers import Signet


class Row(typing.NamedTuple):
    """A row of the table."""

    target: str
    figure: str
    reached: bool


class Target:
    """A measurement: what it needs is prepared, then every round measures all, in turn."""

    # What `round` can't tell, for the JSON file.
    facts = {}

    def __init__(self, folder, options):
        self.folder, self.seconds, self.sessions = folder, options.seconds, options.sessions

    def prepare(self):
        """Starts what is there in all rounds."""

    def finish(self):
        """Ends that, as far as it was started."""

    def round(self):
        """Figures by name, by what they are of."""
        raise NotImplementedError

    def rows(self, medians):
        """The rows that the medians of the rounds' figures make."""
        raise NotImplementedError

    def fresh(self, algorithm, store, *arguments, loops=1, **of_load):
        """What `signet bench sign` tells of a server that has just been started and warmed up."""
        with Signet(self.folder, algorithm, store, loops=loops) as server:
            bench(server, 1, *arguments, **of_load)
            return bench(server, self.seconds, *arguments, **of_load)


def medians(rounds):
    return {of: {name: statistics.median(one[of][name] for one in rounds) for name in figures}
            for of, figures in rounds[0].items()}
