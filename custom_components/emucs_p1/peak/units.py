"""The units that the meter counts in, in those that the quarter is reckoned in: W and Ws."""

KW = 1_000.0
WH = 3_600.0
KWH = 3_600_000.0

MOST = 100.0
"""kW that a connection may draw. Telegrams have no digits for more (eMUCS-P1 1.7.1, 1-0:1.7.0)."""
