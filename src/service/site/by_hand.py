"""Shell lines that check a point by hand, in the folder of an unpacked bundle: with coreutils, grep and sed alone.

A signature takes openssl too. VKEY stands for the log's verifier key. They are shown beside each check; tests run them.
"""

SIGNATURE = """\
vkey='VKEY'
new=$(mktemp -d)
sed '/^$/,$d' log/checkpoint > "$new/text"
grep -F -- "— ${vkey%%+*} " log/checkpoint | head -n 1 | cut -d ' ' -f 3 | base64 -d | tail -c +5 > "$new/signature"
{ printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000'
  echo "$vkey" | cut -d + -f 3- | base64 -d | tail -c +2; } > "$new/key"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$new/key" -rawin -in "$new/text" -sigfile "$new/signature"
rm -r -- "$new"\
"""

ROOT = """\
while [ "$(echo "$level" | wc -l)" -gt 1 ]; do
  level=$(echo "$level" | while read -r left; do
    if read -r right; then
      echo "01$left$right" | tr a-f A-F | basenc -d --base16 | sha256sum | cut -c1-64
    else echo "$left"; fi
  done)
done"""

TREE = f"""\
level=$(find log/tile/entries -type f | LC_ALL=C sort | while read -r tile; do
  at=0
  while [ "$at" -lt "$(wc -c < "$tile")" ]; do
    set -- $(od -An -tu1 -j "$at" -N 2 "$tile")
    {{ printf '\\0'; tail -c +$((at + 3)) "$tile" | head -c $(($1 * 256 + $2)); }} | sha256sum | cut -c1-64
    at=$((at + 2 + $1 * 256 + $2))
  done
done)
{ROOT}
echo "$level" | tr a-f A-F | basenc -d --base16 | base64
sed -n 3p log/checkpoint"""

CASES_EACH = """\
sed 's/.*"officers":\\[\\([^]]*\\)\\].*/\\1/' draw/sheets.jsonl | tr ',' '\\n' | sort | uniq -c | sort -rn | head
grep -ho '"caps":[^]]*' draw/entries/*.note"""

SHEETS = f"""\
level=$(while read -r sheet; do printf '\\0%s' "$sheet" | sha256sum | cut -c1-64; done < draw/sheets.jsonl)
{ROOT}
echo "$level"
grep -ho '"outcome":[^}}]*' draw/entries/*.note | sort -u"""

RANDOMNESS = "grep -v -e '^slot ' -e '^frozen ' -e '^share ' draw/seed.txt | tail -n +2"

SHARES = """\
while read -r unit seal share; do
  found=$(printf '%s' "$share" | sha256sum | cut -c1-64)
  if [ "$share" = missing ] || [ "$seal" = - ]; then found=-; fi
  echo "$unit $seal $found"
done < draw/shares.txt"""

SELECTION = """\
seed=$(sha256sum draw/seed.txt | cut -c1-64)
for list in draw/codes/*.txt; do
  stratum=$(basename "$list" .txt)
  sub=$(printf '%s|pool|%s' "$seed" "$stratum" | sha256sum | cut -c1-64)
  while read -r code; do
    echo "$(printf '%s%s' "$sub" "$code" | sha256sum | cut -c1-64) $code"
  done < "$list" | sort | head -n "$(wc -l < "draw/drawn/$stratum.txt")" |
    cmp -s - "draw/drawn/$stratum.txt" && echo "$stratum"
done"""
