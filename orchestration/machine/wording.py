"""Numbers with their nouns, as a person says them."""


def counted(number: int, noun: str) -> str:
    """`1 file`, `2 files`, `1,000 deliveries`."""
    if number == 1:
        return f"1 {noun}"
    ends_in_ies = noun.endswith("y") and noun[-2] not in "aeiou"
    return f"{number:,} {f'{noun[:-1]}ies' if ends_in_ies else f'{noun}s'}"
