/** What a shell runs: all of them ask `berth __complete` for the words and leave names of files to themselves. */
export const completionScripts = {
  bash: `# bash completion for berth
_berth() {
  local line word cur="\${COMP_WORDS[COMP_CWORD]}"
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -f -- "$cur")
    else
      word=\${line%%$'\\t'*}
      [[ $word == *[:=] ]] && compopt -o nospace 2>/dev/null
      COMPREPLY+=("$word")
    fi
  done < <("\${COMP_WORDS[0]}" __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _berth berth
`,
  zsh: `#compdef berth
_berth() {
  local line word about files
  local -a described
  for line in "\${(@f)$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files ]]; then
      files=1
    elif [[ -n $line ]]; then
      word=\${line%%$'\\t'*}
      about=\${line#*$'\\t'}
      described+=("\${word//:/\\\\:}:$about")
    fi
  done
  (( \${#described} )) && _describe berth described
  [[ -n $files ]] && _files
}
if [[ $funcstack[1] == _berth ]]; then _berth "$@"; else compdef _berth berth; fi
`,
  fish: `# fish completion for berth
function __berth_complete
  set -l words (commandline -opc)
  for line in ($words[1] __complete $words[2..] (commandline -ct) 2>/dev/null)
    if test "$line" = :files
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c berth -f -a '(__berth_complete)'
`,
} as const;
