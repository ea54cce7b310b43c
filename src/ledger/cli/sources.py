"""Sources of randomness as typed on the command line: lotteries' issues at the freeze, results when they have come."""

from ledger.office.policy import Policy
from ledger.proof.errors import Malformed, Refused
from ledger.proof.randomness import Chain, Lottery, LotteryResult, Round


def parse_issues(policy: Policy, texts: list[str]) -> dict[str, str]:
    """Return the lotteries' issues as typed on the command line: one for each lottery of the policy, and no other.

    Raises Malformed, Refused.
    """
    issues: dict[str, str] = {}
    lotteries = [source.name for source in policy.final if isinstance(source, Lottery)]
    for text in texts:
        lottery, issue = _split(text, "=", "LOTTERY=ISSUE")
        if lottery not in lotteries or lottery in issues:
            known = ", ".join(lotteries) or "none"
            raise Refused(
                f"--issue {text}: expected one issue for each lottery of the policy's final randomness, {known}"
            )
        issues[lottery] = issue
    for lottery in lotteries:
        if lottery not in issues:
            raise Refused(f"lottery {lottery}: name its issue by --issue {lottery}=ISSUE")
    return issues


def check_hands(results: list[Round | LotteryResult], units: list[str]) -> None:
    """Check that a lottery's result is entered by one unit and countersigned by another. Raises Refused."""
    if any(isinstance(result, LotteryResult) for result in results) and len(set(units)) != 2:
        raise Refused("a lottery's result is entered by one unit, countersigned by another: give --unit twice")


def parse_results(policy: Policy, texts: list[str], *, is_replacement: bool = False) -> list[Round | LotteryResult]:
    """Return results as typed on the command line. Raises Malformed."""
    sources = [policy.source(policy.randomness.replacement)] if is_replacement else policy.final
    if len(texts) != len(sources):
        raise Malformed(f"--result: {len(texts)} given, the policy names {len(sources)} sources")
    return [_parse_result(source, text) for text, source in zip(texts, sources, strict=True)]


def _parse_result(source: Chain | Lottery, text: str) -> Round | LotteryResult:
    first, second = _split(text, ":", "ROUND:SIGNATURE or ISSUE:DIGITS")
    if isinstance(source, Lottery):
        return LotteryResult(source, first, second)
    if not (first.isascii() and first.isdigit()):
        raise Malformed(f"--result {text[:40]!r}: expected a round's number first")
    return Round(source, int(first), second)


def _split(text: str, mark: str, form: str) -> tuple[str, str]:
    first, found, second = text.partition(mark)
    if not found:
        raise Malformed(f"{text[:60]!r}: expected {form}")
    return first, second
