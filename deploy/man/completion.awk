# From the words of options.awk a bash completion of PROGRAM (-v program=PROGRAM).

{
    if ($1 == "command") {
        commands = commands (commands == "" ? "" : " ") $2
        next
    }
    pattern = $1
    gsub(/,/, "|", pattern)
    words = $1
    gsub(/,/, " ", words)
    flags = flags (flags == "" ? "" : " ") words
    if ($2 == "-")
        next
    if ($3 != "-") {
        choices = $3
        gsub(/,/, " ", choices)
        cases = cases "    " pattern ")\n        mapfile -t COMPREPLY < <(compgen -W '" choices "' -- \"$current\")\n        return\n        ;;\n"
    } else if ($2 == "DIR")
        folders = folders (folders == "" ? "" : "|") pattern
    else if ($2 == "FILE" || $2 == "PREFIX" || $2 == "BUNDLE")
        files = files (files == "" ? "" : "|") pattern
    else
        others = others (others == "" ? "" : "|") pattern
}

function names(patterns, kind) {
    if (patterns == "")
        return ""
    return "    " patterns ")\n        compopt -o filenames\n        mapfile -t COMPREPLY < <(compgen " kind \
        " -- \"$current\")\n        return\n        ;;\n"
}

END {
    name = "_" program
    gsub(/-/, "_", name)
    print "# bash completion of " program ", made from its --help"
    print name "()"
    print "{"
    print "    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}"
    print "    [[ $current == = ]] && current=''"
    print "    [[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD - 2]}"
    print "    COMPREPLY=()"
    print "    case $previous in"
    printf "%s%s%s", cases, names(files, "-f"), names(folders, "-d")
    if (others != "")
        print "    " others ")\n        return\n        ;;"
    print "    esac"
    print "    if [[ $current == -* ]]; then"
    print "        mapfile -t COMPREPLY < <(compgen -W '" flags "' -- \"$current\")"
    if (commands != "") {
        print "    else"
        print "        mapfile -t COMPREPLY < <(compgen -W '" commands "' -- \"$current\")"
    }
    print "    fi"
    print "}"
    print "complete -F " name " " program
}
