# From `PROGRAM --help` its options, as a man page's section (-v form=man) or as a list for bash completion (-v form=words):
# a line an option, with blanks between: its flags with commas between, the word for its value or "-", and the values that it
# may have, with commas between, or "-". A line "command WORD" is for a word that the usage has behind the program's name.
# The help has "Group:" headings, "  -l, --name VALUE" with the meaning from column 37 on, and further lines below it.

function roff(text) {
    gsub(/\\/, "\\e", text)
    gsub(/-/, "\\-", text)
    if (text ~ /^[.']/)
        text = "\\&" text
    return text
}

function last_word(text,    words) {
    return words[split(text, words, " ")]
}

function flush_option(    flags, value, i, count, words, also, line, rest) {
    if (option == "")
        return
    rest = meaning
    also = ""
    if (match(rest, / \[also: [^\]]*\]/)) {
        also = substr(rest, RSTART + 8, RLENGTH - 9)
        rest = substr(rest, 1, RSTART - 1) substr(rest, RSTART + RLENGTH)
    }
    count = split(option, words, " ")
    flags = ""
    value = "-"
    for (i = 1; i <= count; i++) {
        if (words[i] ~ /^-/) {
            sub(/,$/, "", words[i])
            flags = flags (flags == "" ? "" : ",") words[i]
        } else
            value = words[i]
    }
    gsub(/, /, ",", also)
    if (also != "")
        flags = flags "," also
    if (form == "words") {
        choices = "-"
        sub(/ \[.*/, "", rest)
        if (match(rest, /: [A-Z]+(, [A-Z]+)+$/))
            choices = substr(rest, RSTART + 2)
        gsub(/, /, ",", choices)
        print flags, value, choices
    } else {
        print ".TP"
        line = flags
        gsub(/,/, ", ", line)
        line = "\\fB" roff(line) "\\fR"
        if (value != "-")
            line = line " \\fI" roff(value) "\\fR"
        print line
        default_of = ""
        if (match(rest, / \[default: [^\]]*\]/)) {
            default_of = substr(rest, RSTART + 11, RLENGTH - 12)
            rest = substr(rest, 1, RSTART - 1) substr(rest, RSTART + RLENGTH)
        }
        variables = ""
        if (match(rest, / \[env: [^\]]*\]/)) {
            variables = substr(rest, RSTART + 7, RLENGTH - 8)
            rest = substr(rest, 1, RSTART - 1) substr(rest, RSTART + RLENGTH)
        }
        print roff(rest) "."
        if (default_of != "")
            print "Default: \\fB" roff(default_of) "\\fR."
        if (variables != "")
            print "Environment: " roff(variables) "."
    }
    option = ""
}

/^[A-Z][A-Za-z ]*:$/ {
    flush_option()
    groups++
    if (form == "man")
        print ".SS " substr($0, 1, length($0) - 1)
    next
}

groups == 0 { # the usage above the first heading
    if (form == "words" && match($0, "^(usage:|Usage:| +) *" program " [a-z]+"))
        print "command", last_word(substr($0, RSTART, RLENGTH))
    next
}

/^  (-., |    )--/ {
    flush_option()
    meaning = ""
    option = $0
    if (length($0) > 36 && substr($0, 35, 2) == "  ") { # else the flags fill the line
        option = substr($0, 1, 36)
        meaning = substr($0, 37)
    }
    sub(/^ */, "", option)
    next
}

/^ +[^ ]/ && option != "" {
    line = $0
    sub(/^ */, "", line)
    meaning = meaning (meaning == "" ? "" : " ") line
    next
}

END { flush_option() }
