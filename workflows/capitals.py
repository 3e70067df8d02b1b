"""Amounts in Chinese capitals, as agreements and receipts write them: 28000 is 贰万捌仟元整."""

from decimal import Decimal

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿")
MOST = Decimal("999999999999.99")


def in_capitals(amount: Decimal | int) -> str:
    """An amount of yuan, 0 to 999,999,999,999.99, in capitals. Raises ValueError beyond that, or for parts of a fen."""
    value = Decimal(amount)
    if not 0 <= value <= MOST or value != value.quantize(Decimal("0.01")):
        raise ValueError(f"no amount of money: {amount}")
    yuan, fen = divmod(int(value * 100), 100)
    whole = f"{whole_number(yuan)}元" if yuan else ""
    small = parts_of_yuan(fen, bool(yuan))
    return (whole + small) if small else f"{whole or '零元'}整"


def whole_number(number: int) -> str:
    """A positive whole number: groups of four digits, one 零 for any gap."""
    words, gap = "", False
    for place in range(len(GROUPS) - 1, -1, -1):
        group = number // 10_000**place % 10_000
        if not group:
            gap = bool(words)
            continue
        words += ("零" if words and (gap or group < 1000) else "") + four_digits(group) + GROUPS[place]
        gap = False
    return words


def four_digits(group: int) -> str:
    """Up to four digits with their places, without a leading 零."""
    words, gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if digit:
            words += ("零" if gap else "") + DIGITS[digit] + PLACES[place]
        gap = bool(words) and not digit
    return words


def parts_of_yuan(fen: int, after_yuan: bool) -> str:
    """Jiao and fen; a 零 stands for missing jiao after yuan."""
    jiao, rest = divmod(fen, 10)
    if not fen:
        return ""
    words = f"{DIGITS[jiao]}角" if jiao else "零" if after_yuan else ""
    return words + (f"{DIGITS[rest]}分" if rest else "整")
