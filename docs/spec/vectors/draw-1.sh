#!/bin/sh
# The worked draw of draw.md, made with nothing but a POSIX shell and coreutils (sha256sum, sort, cut, head, ...).
# It prints every value as NAME=VALUE; draw-1.json holds the same. The sections named are those of draw.md.
# Everything is made up but the drand round: quicknet 657413 of 15 September 2023, as the drand network published it.
set -eu
LC_ALL=C
export LC_ALL

# --- what the record holds when the draw is executed -------------------------------------------------------------
slot=bureau/2023-09/001
deadline=2023-10-05 # the day of T in Shanghai, 2023-09-15, and 20 days of the policy's
fallback=bureau
items_a_case=2
chain=52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971
round=657413
signature=b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b
recused_code=91440307EXAMPLE01P

strata='hazchem:2 industry-trade:1' # stratum, how many are drawn

targets() { # code, stratum (here also the primary sub-roster), street or -, tags or -
    printf '%s\n' \
        '91440307EXAMPLE01P hazchem street/pinghu -' \
        '91440307EXAMPLE02T hazchem street/pinghu -' \
        '91440307EXAMPLE03X hazchem street/buji -' \
        'reg:深龙示例0001号 hazchem - -' \
        '91440307EXAMPLE041 industry-trade street/pinghu dust' \
        '91440307EXAMPLE054 industry-trade street/buji -'
}

hosts() { # sub-roster, host section
    printf '%s\n' 'hazchem bureau/hazchem' 'industry-trade bureau/enforcement'
}

crew='1:own-street 2:bureau' # role, place

members() { # the eligible officers of a roster
    case $1 in
        bureau) echo officer-2 officer-3 officer-4 ;;
        street/pinghu) echo officer-1 ;;
    esac
}

conflicts() { # officer, code
    printf '%s\n' 'officer-1 91440307EXAMPLE041' 'officer-2 reg:深龙示例0001号'
}

items() { # item, the one sub-roster or tag that it applies to, or - for every enterprise
    printf '%s\n' 'item-1 -' 'item-2 -' 'item-3 hazchem' 'item-4 dust'
}

# --- words of the shell ------------------------------------------------------------------------------------------
H() { printf '%s' "$1" | sha256sum | cut -c1-64; }

bytes() { printf '%s' "$1" | tr a-f A-F | basenc --base16 -d; } # hexadecimal to bytes

show() { printf '%s=%s\n' "$1" "$2"; }

lookup() { # lookup TABLE KEY: the rest of each line of the table that begins with the key
    printf '%s\n' "$1" | while read -r key rest; do
        if [ "$key" = "$2" ]; then printf '%s\n' "$rest"; fi
    done
}

count() { # count WORD WORDS: how often the word stands among the words
    n=0
    for word in $2; do
        if [ "$word" = "$1" ]; then n=$((n + 1)); fi
    done
    echo "$n"
}

quoted() { # a list of words as a canonical JSON array
    separator=
    printf '['
    for word in $1; do
        printf '%s"%s"' "$separator" "$word"
        separator=,
    done
    printf ']'
}

# --- section 3: seed.txt, seed, sub-seeds ------------------------------------------------------------------------
frozen=$(H 'example draw.frozen')
share_1=$(H 'example share 184 of bureau/enforcement')
share_2=$(H 'example share 184 of bureau/legal-publicity')
dice=$(H 27182818284590452353)
show commitment.bureau/enforcement "$(H "$share_1")"
show commitment.bureau/legal-publicity "$(H "$share_2")"

seed_file() {
    cat <<END
double-random-seed/1
slot $slot
frozen $frozen
share bureau/enforcement $share_1
share bureau/legal-publicity $share_2
share dice:witness/justice $dice
share street/pinghu missing
drand $chain $round $signature
END
}

seed_file | {
    number=0
    while read -r line; do
        number=$((number + 1))
        show "seed.txt.$number" "$line"
    done
}
seed=$(seed_file | sha256sum | cut -c1-64)
show seed "$seed"
item_seed=$(H "$seed|item|")
show sub-seed.item "$item_seed"

# --- section 4: enterprises --------------------------------------------------------------------------------------
drawn='' # a line for each: ticket, code
for entry in $strata; do
    stratum=${entry%:*} quota=${entry#*:}
    pool_seed=$(H "$seed|pool|$stratum")
    show "sub-seed.pool.$stratum" "$pool_seed"
    tickets=$(targets | while read -r code of rest; do
        if [ "$of" = "$stratum" ]; then printf '%s %s\n' "$(H "$pool_seed$code")" "$code"; fi
    done | sort)
    printf '%s\n' "$tickets" | while read -r ticket code; do show "ticket.$code" "$ticket"; done
    smallest=$(printf '%s\n' "$tickets" | head -n "$quota")
    show "drawn.$stratum" "$(printf '%s\n' "$smallest" | cut -d' ' -f2 | paste -sd' ')"
    drawn="$drawn$smallest
"
done
cases=$(printf '%s' "$drawn" | sort | cut -d' ' -f2) # in ascending order of ticket

# --- section 6: officers -----------------------------------------------------------------------------------------
may_serve() { # may_serve OFFICER CODE: the officer is not on the case yet and has no conflict with the enterprise
    for word in $(lookup "$seats" "$2"); do
        if [ "$word" = "$1" ]; then return 1; fi
    done
    for word in $(lookup "$(conflicts)" "$1"); do
        if [ "$word" = "$2" ]; then return 1; fi
    done
}

able() { # able ROSTER CODE: the officers of the roster who may serve on the case
    for officer in $(members "$1"); do
        if may_serve "$officer" "$2"; then echo "$officer"; fi
    done
}

roster_of() { # roster_of PLACE CODE (a place is own-street or bureau here)
    own=$1
    if [ "$1" = own-street ]; then
        own=$(lookup "$(targets)" "$2" | cut -d' ' -f2)
    fi
    if [ -n "$(able "$own" "$2")" ]; then echo "$own"; else echo "$fallback"; fi
}

first_cap() { # first_cap ROSTER: ceil((the role's seats on it + seats its officers hold) / its officers)
    total=$(count "$1" "$(printf '%s\n' "$rosters" | cut -d' ' -f2)")
    number=0
    for officer in $(members "$1"); do
        number=$((number + 1))
        total=$((total + $(count "$officer" "$held")))
    done
    echo $(((total + number - 1) / number))
}

try_role() { # fill every case of the role, or name in $blocked the roster whose cap is too low
    load=$held chosen='' blocked=''
    for code in $cases; do
        roster=$(lookup "$rosters" "$code")
        cap=$(lookup "$caps" "$roster")
        best=$(for officer in $(able "$roster" "$code"); do
            if [ "$(count "$officer" "$load")" -lt "$cap" ]; then
                printf '%s %s\n' "$(H "$role_seed$code|$officer")" "$officer"
            fi
        done | sort | head -n 1 | cut -d' ' -f2)
        if [ -z "$best" ]; then
            blocked=$roster
            return
        fi
        load="$load $best"
        chosen="$chosen$code $best
"
    done
}

seats='' # a line for each seat: code, officer
held=''  # an officer for each seat of the roles before
for entry in $crew; do
    role=${entry%:*} place=${entry#*:}
    role_seed=$(H "$seed|officer|$role")
    show "sub-seed.officer.$role" "$role_seed"
    rosters=$(for code in $cases; do printf '%s %s\n' "$code" "$(roster_of "$place" "$code")"; done)
    caps=$(printf '%s\n' "$rosters" | cut -d' ' -f2 | sort -u | while read -r roster; do
        printf '%s %s\n' "$roster" "$(first_cap "$roster")"
    done)
    for code in $cases; do
        roster=$(lookup "$rosters" "$code")
        show "roster.$role.$code" "$roster"
        for officer in $(able "$roster" "$code"); do
            show "officer.$role.$code.$officer" "$(H "$role_seed$code|$officer")"
        done
    done
    printf '%s\n' "$caps" | while read -r roster cap; do show "first-cap.$role.$roster" "$cap"; done
    try_role
    while [ -n "$blocked" ]; do
        caps=$(printf '%s\n' "$caps" | while read -r roster cap; do
            if [ "$roster" = "$blocked" ]; then cap=$((cap + 1)); fi
            printf '%s %s\n' "$roster" "$cap"
        done)
        try_role
    done
    printf '%s\n' "$caps" | while read -r roster cap; do show "cap.$role.$roster" "$cap"; done
    held=$load
    seats="$seats$chosen"
done
for code in $cases; do show "officers.$code" "$(lookup "$seats" "$code" | paste -sd' ')"; done

# --- section 7: items, salts, sheets and their root --------------------------------------------------------------
applies() { # applies TO SUB_ROSTER TAGS
    [ "$1" = - ] || [ "$1" = "$2" ] || [ "$(count "$1" "$3")" -gt 0 ]
}

chosen_items() { # chosen_items CODE: a line for each item that applies: its hash, the item; smallest first
    lookup "$(targets)" "$1" | while read -r sub_roster street tags; do
        items | while read -r item to; do
            if applies "$to" "$sub_roster" "$tags"; then
                printf '%s %s\n' "$(H "$item_seed$1|$item")" "$item"
            fi
        done
    done | sort
}

sheet() { # sheet NUMBER CODE TICKET
    lookup "$(targets)" "$2" | while read -r stratum street tags; do
        of_street=''
        if [ "$street" != - ]; then of_street=",\"street\":\"$street\""; fi
        chosen=$(chosen_items "$2" | head -n "$items_a_case" | cut -d' ' -f2)
        printf '{"case":"%04d","deadline":"%s","host":"%s","id":"%s","items":%s,"officers":%s' \
            "$1" "$deadline" "$(lookup "$(hosts)" "$stratum")" "$2" \
            "$(quoted "$chosen")" "$(quoted "$(lookup "$seats" "$2")")"
        printf ',"salt":"%s","stratum":"%s"%s,"ticket":"%s"}' \
            "$(H "$seed|salt|$2" | cut -c1-32)" "$stratum" "$of_street" "$3"
    done
}

node() { # node LEFT RIGHT: RFC 6962, SHA-256 of 0x01 and the two hashes as bytes
    bytes "01$1$2" | sha256sum | cut -c1-64
}

number=0 leaves=''
for code in $(printf '%s\n' "$cases" | sort); do
    number=$((number + 1))
    chosen_items "$code" | while read -r hash item; do show "item.$code.$item" "$hash"; done
    ticket=$(printf '%s' "$drawn" | while read -r ticket of; do if [ "$of" = "$code" ]; then echo "$ticket"; fi; done)
    text=$(sheet "$number" "$code" "$ticket")
    leaf=$({ printf '\000'; printf '%s' "$text"; } | sha256sum | cut -c1-64)
    show "sheet.$number" "$text"
    show "leaf.$number" "$leaf"
    leaves="$leaves $leaf"
done
# Three leaves make the tree node(node(leaf 1, leaf 2), leaf 3).
# shellcheck disable=SC2086 # the leaves are meant to split
set -- $leaves
show outcome.root "$(node "$(node "$1" "$2")" "$3")"

# --- section 8: replacement --------------------------------------------------------------------------------------
# officer-3 leaves the second seat. The other two of its home roster, bureau, are fewer than three: the fallback serves.
recusal=$(H 'example officer.recused')
replacement_seed=$(H "$recusal|lottery city-lottery 2023108 07131926300412")
show recusal "$recusal"
show sub-seed.replacement "$replacement_seed"
followers=$(for officer in $(able "$fallback" "$recused_code"); do
    printf '%s %s\n' "$(H "$replacement_seed$recused_code|$officer")" "$officer"
done | sort)
printf '%s\n' "$followers" | while read -r hash officer; do show "replacement.$officer" "$hash"; done
show "replacement" "$(printf '%s\n' "$followers" | head -n 1 | cut -d' ' -f2)"
