"""The targets that `benchmarks/run` can judge, as rows of README.md's table."""

import re

from target import Row

ALGORITHMS = ["HS256", "ES256", "EdDSA", "RS256"]
# What Signet is the successor of, with MariaDB on the same core, measured once.
ORIGINAL_RATE = 389


class Aims:
    """The medians of a run, and what they are compared with.

    Aims of which something was not measured make no row.
    """

    def __init__(self, medians, openssl):
        self.rates = {name: figures["rate"] for name, figures in medians.items()}
        self.openssl = openssl

    def rows(self):
        sign, nginx = "Signet sign {}, {}".format, self.rates["nginx return 200"]
        durable, memory = sign("HS256", "FULL"), sign("HS256", "memory:")
        yield from self.row("sign HS256, `memory:`", 0.80, "of nginx", memory, nginx)
        yield from self.ahead("sign HS256, `memory:`", memory, "HS256")
        yield from self.row("sign HS256, FULL", 0.55, "of nginx", durable, nginx)
        yield from self.row(
            "sign HS256, FULL", 2.5, "times Go fasthttp", durable, "Go fasthttp sign HS256"
        )
        yield from self.row(
            "sign HS256, FULL", 8, "times Hummingbird", durable, "Hummingbird sign HS256"
        )
        for algorithm, least in (("ES256", 0.90), ("EdDSA", 0.90), ("RS256", 0.95)):
            yield from self.row(f"sign {algorithm}, FULL", least, "of half of `openssl speed`",
                                sign(algorithm, "FULL"), self.openssl[algorithm]["sign"] / 2)
        for algorithm in ("ES256", "EdDSA"):
            yield from self.ahead(f"sign {algorithm}, FULL", sign(algorithm, "FULL"), algorithm)
        yield from self.row("sign RS256, FULL", 0.95, "of nginx + lua (level with it)",
                            sign("RS256", "FULL"), "nginx + lua sign RS256")
        yield from self.row(
            "sign ES256, FULL",
            10,
            "times Go fasthttp with a committed SQLite row a call",
            sign("ES256", "FULL"),
            "Go fasthttp, SQLite row sign ES256",
        )
        yield from self.row(
            "sign ES256, FULL",
            40,
            f"times the original system ({ORIGINAL_RATE}/s, measured apart)",
            sign("ES256", "FULL"),
            ORIGINAL_RATE,
        )
        for call in ("verify", "introspect"):
            for algorithm in ALGORITHMS:
                yield from self.row(
                    f"{call} {algorithm}, hot",
                    0.60,
                    "of nginx",
                    f"Signet {call} {algorithm}, FULL",
                    nginx,
                )
        yield from self.row("verify ES256, cold", 0.85, "of `openssl speed`'s verifications/s",
                            "Signet verify ES256, FULL, cold", self.openssl["ES256"]["verify"])
        yield from self.row(
            "renew HS256, FULL", 0.45, "of nginx", "Signet renew HS256, FULL", nginx
        )

    def row(self, what, least, measure, ours, other):
        """`ours` is the name of what was measured; `other` too, or calls/s."""
        ours, other = self.rates.get(ours), (
            self.rates.get(other, 0) if isinstance(other, str) else other
        )
        if ours and other:
            yield Row(
                f"{what}, at least {least:g} {measure}",
                f"{ours / other:.2f}: {ours:,.0f} calls/s against {other:,.0f}",
                ours / other >= least,
            )

    def ahead(self, what, ours, algorithm):
        """Of the peers that were measured, against the best."""
        peers = {found[1]: rate for name, rate in self.rates.items()
                 if (found := re.fullmatch(f"(?!Signet )(.*) sign {algorithm}", name))}
        if peers and ours in self.rates:
            best = max(peers, key=peers.get)
            ratio = self.rates[ours] / peers[best]
            yield Row(
                f"{what}, ahead of every peer",
                f"{ratio:.2f} times {best}, the best of {len(peers)} measured: "
                f"{self.rates[ours]:,.0f} calls/s "
                f"against {peers[best]:,.0f}",
                ratio > 1,
            )
