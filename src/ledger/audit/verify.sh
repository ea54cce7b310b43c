#!/bin/sh
# verify.sh [FOLDER]: checks an unpacked bundle of one draw with a POSIX shell and coreutils, nothing else.
#
# 核验已解压的双随机抽取文件包：只用 POSIX shell 与 coreutils，不用本项目的任何程序。
#
# It computes again the shares (14), the seed (17) and the selection (18), and says "not checked" of all other checks.
# The numbers are those of every report. Exit status: 0 nothing failed, 1 something failed, 2 nothing could be read.
# It believes the lists of codes in draw/codes/: that they are the frozen pool is check 12, for the released program.
# What the files hold is hashed and compared, never run; only what has passed a strict pattern is printed.
#
# Specification: docs/spec/draw.md, sections 3, 4 and 10; docs/spec/bundle.md.
set -eu
umask 077
unset CDPATH

case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
    zh*) is_zh=1 ;;
    *) is_zh=0 ;;
esac
LC_ALL=C
export LC_ALL

# How many codes are hashed by one sha256sum: their file names stay far below any system's ARG_MAX.
chunk=1000
newline='
'

say() { # CHINESE ENGLISH: prints the reader's one of the two
    if [ "$is_zh" = 1 ]; then printf '%s' "$1"; else printf '%s' "$2"; fi
}

give_up() { # CHINESE ENGLISH: there is nothing that can be checked
    say "$1" "$2" >&2
    printf '\n' >&2
    exit 2
}

fail() { # CHINESE ENGLISH: the check at hand fails; its first reason stands
    if [ "$status" = passed ]; then
        status=failed
        reason=$(say "$1" "$2")
    fi
}

is_hex() { # TEXT: 64 lowercase hexadecimal characters
    case $1 in *[!0-9a-f]*) return 1 ;; esac
    [ "${#1}" -eq 64 ]
}

is_count() { # TEXT: a whole number in its one spelling
    case $1 in '' | *[!0-9]* | 0?*) return 1 ;; esac
    [ "${#1}" -le 9 ]
}

is_id() { # TEXT: an id of a unit, stratum or slot
    case $1 in '' | [!a-z0-9]* | *[!a-z0-9/-]*) return 1 ;; esac
}

is_plain() { # FILE: a file of whole lines without control characters
    [ -f "$1" ] && [ -r "$1" ] || return 1
    [ ! -s "$1" ] || [ "$(tail -c 1 -- "$1" | wc -l)" -eq 1 ] || return 1
    [ "$(tr -d '\012\040-\176\200-\377' <"$1" | wc -c)" -eq 0 ]
}

hash_text() { # TEXT
    printf '%s' "$1" | sha256sum | cut -c1-64
}

hash_file() { # FILE
    sha256sum <"$1" | cut -c1-64
}

find_entry() { # TYPE [UNIT]: sets `entry` to the draw's one entry of a type, and `event` to its second line
    entries=0 event=''
    for file in draw/entries/*.note; do
        [ -f "$file" ] || continue
        { IFS= read -r line && IFS= read -r line; } <"$file" || continue
        case $line in
            *",\"subject\":\"draw/$slot\",\"type\":\"$1\",\"unit\":\"${2:+$2\"\}}"*)
                entry=$file event=$line entries=$((entries + 1))
                ;;
        esac
    done
    [ "$entries" -eq 1 ]
}

# 14: each share hashes to what its unit committed, dice to what was thrown; seed.txt names these shares and no other.
check_shares() {
    counted='' missing='' found=''
    if [ ! -s draw/shares.txt ] || ! is_plain draw/shares.txt || ! sort -c -u draw/shares.txt 2>/dev/null; then
        fail "draw/shares.txt 缺失、不是纯文本或未按序" "draw/shares.txt is missing, no plain text, or not in order"
        return
    fi
    while IFS=' ' read -r party commitment share rest; do
        if ! is_id "${party#dice:}" || [ -n "$rest" ]; then
            fail "draw/shares.txt 有一行无法识别" "draw/shares.txt has a line that is none of its form"
            return
        fi
        check_share
    done <draw/shares.txt
    if is_plain draw/seed.txt; then
        while IFS= read -r line; do
            case $line in 'share '*) found="$found$line;" ;; esac
        done <draw/seed.txt
    fi
    if [ "$found" != "$counted$missing" ]; then
        fail "draw/seed.txt 与 draw/shares.txt 所列份额不同" "draw/seed.txt and draw/shares.txt name other shares"
    fi
}

check_share() { # one line of draw/shares.txt, in $party, $commitment and $share
    case $party in
        dice:*)
            find_entry dice.rolled/1 "${party#dice:}" || event=''
            digits=${event#*\"body\":\{\"digits\":\"}
            digits=${digits%%\"*}
            if [ "$commitment" != - ] || [ "$(hash_text "$digits")" != "$share" ]; then
                fail "$party：份额不是所掷数字的 SHA-256" "$party: its share is not the SHA-256 of the digits thrown"
            fi
            ;;
        *)
            find_entry seed.committed/1 "$party" || event=''
            case $event in
                *"\"body\":{\"commitment\":\"$commitment\"}"*) ;;
                *"\"body\":{\"commitment\":\"$commitment\",\"encrypted\":["*) ;;
                *) fail "$party：承诺与 seed.committed 不符" "$party: seed.committed names another commitment" ;;
            esac
            if [ "$share" = missing ]; then
                missing="${missing}share $party missing;"
                return
            fi
            if [ "$(hash_text "$share")" != "$commitment" ]; then
                fail "$party：份额与承诺不符" "$party: its share does not hash to its commitment"
            fi
            check_revealed
            ;;
    esac
    is_hex "$share" || fail "$party：份额的写法不对" "$party: its share is not 64 hexadecimal characters"
    counted="${counted}share $party $share;"
}

check_revealed() { # in a sealed draw the share of $party is the one that draw.revealed shows
    find_entry draw.revealed/1 || return 0
    case $event in
        *"\"$party\":\"$share\""*) ;;
        *) fail "$party：份额与 draw.revealed 所载不同" "$party: draw.revealed shows another share" ;;
    esac
}

read_seed_file() { # sets slot and frozen; slot stays empty where the first three lines are wrong
    is_plain draw/seed.txt || return 0
    {
        IFS= read -r first && IFS=' ' read -r word slot rest && IFS=' ' read -r other frozen rest_other || other=''
    } <draw/seed.txt
    if [ "$first:$word:$rest:$other:$rest_other" != double-random-seed/1:slot::frozen: ] ||
        ! is_id "$slot" || ! is_hex "$frozen"; then
        slot=''
    fi
}

# 17: seed.txt stands on the entry draw.frozen, and its SHA-256 is the seed that draw.executed names. In a sealed draw
# that names none: the lines of seed.txt are then compared with the entries that they come from.
check_seed() {
    if [ -z "$slot" ]; then
        fail "draw/seed.txt 缺失，或前三行不对" "draw/seed.txt is missing, or its first three lines are wrong"
        return
    fi
    seed=$(hash_file draw/seed.txt)
    reason=$seed
    if ! find_entry draw.frozen/1; then
        fail "draw/entries 中 draw.frozen 不是恰好一条" "draw/entries does not hold one draw.frozen"
    elif [ "$(hash_file "$entry")" != "$frozen" ]; then
        fail "frozen 一行与 draw.frozen 条目不符" "the line frozen is not the SHA-256 of the entry draw.frozen"
    fi
    frozen_event=$event
    sealed=''
    if find_entry draw.revealed/1; then sealed=yes; fi
    if ! find_entry draw.executed/1 && [ -z "$sealed" ]; then
        fail "draw/entries 中 draw.executed 不是恰好一条" "draw/entries does not hold one draw.executed"
    fi
    executed_event=$event
    if [ -n "$sealed" ]; then
        check_sources
        return
    fi
    case $executed_event in
        *",\"seed\":\"$seed\",\"strata\":["*) ;;
        *) fail "种子为 $seed，draw.executed 所载不同" "the seed is $seed, draw.executed names another" ;;
    esac
}

check_sources() { # the lines of seed.txt after the shares are the results of randomness.recorded, in their order
    find_entry randomness.recorded/1 || event=''
    results=''
    while IFS=' ' read -r word name number value rest; do
        case $word in
            drand | local)
                results="$results,{\"kind\":\"$word\",\"name\":\"$name\",\"round\":$number,\"signature\":\"$value\"}"
                ;;
            lottery)
                results="$results,{\"digits\":\"$value\",\"issue\":\"$number\",\"kind\":\"lottery\",\"name\":\"$name\"}"
                ;;
        esac
    done <draw/seed.txt
    case $event in
        *"\"body\":{\"results\":[${results#,}]}"*) ;;
        *) fail "随机数与 randomness.recorded 所载不同" "randomness.recorded names other randomness" ;;
    esac
}

# 18: in every stratum the codes with the smallest tickets, as many as its quota, are those that were drawn.
check_selection() {
    strata=''
    if [ -z "$seed" ]; then
        fail "种子无法计算" "there is no seed to compute it from"
    elif ! is_plain draw/strata.txt || [ ! -s draw/strata.txt ]; then
        fail "draw/strata.txt 缺失或不是纯文本" "draw/strata.txt is missing, or no plain text"
    fi
    [ "$status" = passed ] || return 0
    while IFS=' ' read -r stratum eligible quota drawn rest; do
        if ! is_id "$stratum" || ! is_count "$eligible" || ! is_count "$quota" || ! is_count "$drawn" ||
            [ -n "$rest" ]; then
            fail "draw/strata.txt 有一行无法识别" "draw/strata.txt has a line that is none of its form"
            return
        fi
        check_stratum
        [ "$status" = passed ] || return 0
    done <draw/strata.txt
    case $executed_event in
        *"\"strata\":[${strata#,}]},\"seen\":"*) ;;
        *) fail "各层结果与 draw.executed 所载不同" "the strata are not those that draw.executed names" ;;
    esac
}

check_stratum() { # one line of draw/strata.txt, in $stratum, $eligible, $quota and $drawn
    codes=draw/codes/$stratum.txt list=draw/drawn/$stratum.txt
    if ! is_plain "$codes" || ! is_plain "$list"; then
        fail "$stratum：代码或中签清单缺失或不是纯文本" "$stratum: its codes or its drawn list is missing, or no plain text"
        return
    fi
    sort -u "$codes" >"$work/unique"
    if [ "$(wc -l <"$codes")" -ne "$eligible" ] || [ "$(wc -l <"$work/unique")" -ne "$eligible" ]; then
        fail "$stratum：应有 $eligible 个不同的代码" "$stratum: expected $eligible codes, none of them twice"
        return
    fi
    case $frozen_event in
        *"\"eligible\":$eligible,\"id\":\"$stratum\",\"quota\":$quota}"*) ;;
        *) fail "$stratum：户数或应抽数与 draw.frozen 不同" "$stratum: draw.frozen names other numbers" ;;
    esac
    sub_seed=$(hash_text "$seed|pool|$stratum")
    write_tickets
    if [ "$number" -ne "$eligible" ]; then
        fail "$stratum：代码清单有空行" "$stratum: its list of codes has an empty line"
    fi
    paste -d ' ' "$work/tickets" "$codes" | sort | head -n "$quota" >"$work/drawn"
    if [ "$(wc -l <"$work/drawn")" -ne "$drawn" ] || [ "$(hash_file "$work/drawn")" != "$(hash_file "$list")" ]; then
        fail "$stratum：重算的中签清单与所列不同" "$stratum: the smallest tickets are not those listed as drawn"
    fi
    largest=$(tail -n 1 "$work/drawn" | cut -c1-64)
    largest=${largest:+\"largest_ticket\":\"$largest\",}
    if [ -n "$sealed" ]; then largest=''; fi
    strata="$strata,{\"drawn\":$drawn,\"id\":\"$stratum\",$largest\"shortfall\":$((quota - drawn))}"
    reason="$reason${reason:+, }$stratum $drawn/$eligible"
}

write_tickets() { # writes the ticket of every line of $codes, under $sub_seed, and counts them in $number
    : >"$work/tickets"
    number=0
    split -l "$chunk" -a 4 -- "$codes" "$work/parts/"
    for part in "$work"/parts/*; do
        [ -f "$part" ] || continue
        hash_part
        if [ -t 2 ]; then printf '\r%s %s/%s' "$stratum" "$number" "$eligible" >&2; fi
    done
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

hash_part() { # writes each text that is to be hashed into a file named by number alone, and hashes all of them at once
    text=$chunk
    IFS=$newline
    set -f
    # Words, with the line feed between them: `read` fetches each byte by a call of its own in some shells.
    # shellcheck disable=SC2013
    for code in $(cat "$part"); do
        printf '%s%s' "$sub_seed" "$code" >"$work/texts/$text"
        text=$((text + 1))
    done
    set +f
    unset IFS
    rm -f -- "$part"
    [ "$text" -gt "$chunk" ] || return 0
    number=$((number + text - chunk))
    (cd "$work/texts" && sha256sum [0-9]* | cut -c1-64 && rm -f [0-9]*) >>"$work/tickets"
}

print_line() { # NUMBER NAME STATUS REASON
    case $3 in
        passed) word=$(say 通过 passed) ;;
        failed) word=$(say 不通过 FAILED) ;;
        *) word=$(say 未核验 'not checked') ;;
    esac
    printf '%2d %s  %s' "$1" "$word" "$2"
    if [ -n "$4" ]; then printf ' — %s' "$4"; fi
    printf '\n'
}

print_report() {
    other=$(say "本脚本不核验此项" "not by this script")
    while IFS='|' read -r number zh en; do
        name=$(say "$zh" "$en")
        case $number in
            14) print_line 14 "$name" "$status_14" "$reason_14" ;;
            17) print_line 17 "$name" "$status_17" "$reason_17" ;;
            18) print_line 18 "$name" "$status_18" "$reason_18" ;;
            *) print_line "$number" "$name" 'not checked' "$other" ;;
        esac
    done <<'CHECKS'
1|文件包是唯一的规范形式|the bundle is in its one form
2|日志就是所指定的那一本|the log is the one that was named
3|检查点由日志密钥签名|the checkpoint is signed by the log's key
4|日志延续了以前留存的检查点|the log extends the checkpoint kept from before
5|检查点有足够的见证人联署|enough witnesses cosigned the checkpoint
6|全部条目与检查点的根一致|the entries give the checkpoint's root
7|每个条目只有一种写法且可读|every entry is in its one spelling
8|每个签名都有效且密钥已登记|every signature verifies, by an enrolled key
9|签名单位有权办理该事项|every signer had the duty and a key in force
10|次序无误，签名者所见即本日志|every signer saw this very history, in order
11|名录、清单与计划符合规则|rosters, lists and plans keep the rules
12|冻结内容可由此前记录推得|what was frozen follows from the record
13|抽取各环节次序正确，批次不重不漏|the draw's stations stand in order, no slot skipped
14|种子份额与事先封存的承诺相符|the shares fit what was committed
15|随机数产生前已有见证|witnesses saw it before the randomness existed
16|公共随机数真实且为事先指定|the public randomness is genuine and the one named
17|种子可重算|the seed comes out the same
18|抽中对象可重算|the same enterprises are drawn
19|执法人员席位上限可重算|the officers' caps come out the same
20|抽取结果（主办科室、人员、事项）可重算|the sheets (host, officers, items) come out the same
21|监督科室已复核且一致|the supervisor recomputed it and agrees
22|回避递补由新的随机数决定|replacements follow from fresh randomness
23|受领、检查、结果与公开按序办理|cases were received, visited and published in order
24|附件与记录推得的内容逐字节一致|the files beside the log are what the record gives
25|名录是否完整、检查是否到场|whether the roster is complete and visits took place
CHECKS
}

[ "$#" -le 1 ] || give_up "用法：verify.sh [已解压的文件夹]" "usage: verify.sh [UNPACKED FOLDER]"
command -v sha256sum >/dev/null 2>&1 || give_up "系统没有 sha256sum（coreutils）" "there is no sha256sum (coreutils) here"
folder=${1:-.}
case $folder in /*) ;; *) folder=./$folder ;; esac
[ -d "$folder/draw" ] || give_up "这里没有 draw 目录：不是解压后的文件包" "there is no folder draw: not an unpacked bundle"
cd "$folder"

# Tens of thousands of small files, gone at once: in memory, where there is such a folder and TMPDIR names no other.
if [ -z "${TMPDIR:-}" ] && [ -d /dev/shm ] && [ -w /dev/shm ]; then
    TMPDIR=/dev/shm
    export TMPDIR
fi
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
trap 'exit 2' HUP INT TERM
mkdir "$work/texts" "$work/parts"

slot='' frozen='' seed='' entry='' event='' frozen_event='' executed_event='' sealed=''
first='' word='' rest='' other='' rest_other=''
read_seed_file

status=passed reason=''
check_shares
status_14=$status reason_14=$reason

status=passed reason=''
check_seed
status_17=$status reason_17=$reason

status=passed reason=''
check_selection
status_18=$status reason_18=$reason

print_report
case $status_14:$status_17:$status_18 in
    passed:passed:passed)
        say "第 14、17、18 项通过；其余 22 项请用正式发布的程序核验。" \
            "Checks 14, 17 and 18 passed; the other 22 are for the released program."
        printf '\n'
        ;;
    *)
        say "有不通过的项目。" "Something FAILED."
        printf '\n'
        exit 1
        ;;
esac
