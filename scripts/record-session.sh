#!/usr/bin/env bash
# Records docs/session.txt: a stack goes up, an edit arrives, a health check fails, a service restarts, a one-off runs,
# Ctrl-C. A person's keys are typed into tmux, on a machine of its own (network, mounts); scripts/session-picture.js makes
# the picture of the README from it. Needs root, tmux, and a built Berth.
set -euo pipefail
repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [ "${1:-}" != inside ]; then
  folder=$(mktemp -d)
  trap 'rm -rf "$folder"' EXIT
  unshare --net --mount --pid --fork --mount-proc --kill-child bash "${BASH_SOURCE[0]}" inside "$folder"
  cp "$folder/session.txt" "$repository/docs/session.txt"
  exec node "$repository/scripts/session-picture.js"
fi

folder=$2
ip link set lo up
mount -t tmpfs tmpfs /run
mkdir -p /run/lock "$folder/state" "$folder/bin" "$folder/shop/pages"
printf '#!/bin/sh\nexec node %s/bin/berth.js "$@"\n' "$repository" > "$folder/bin/berth"
chmod +x "$folder/bin/berth"
cd "$folder/shop"

cat > compose.yaml <<'YAML'
name: shop
services:
  web:
    image: berth/host
    command: ["node", "-e", "const fs = require('fs'); console.log('shop opens'); require('http').createServer((q, a) => fs.readFile('/pages/index.html', (_, page) => a.end(page))).listen(8080)"]
    init: true
    ports: ["127.0.0.1:8080:8080"]
    networks: [front, back]
    depends_on: { api: { condition: service_healthy } }
    develop: { watch: [{ path: ./pages, target: /pages, action: sync, initial_sync: true }] }
  api:
    image: berth/host
    command: ["node", "-e", "const status = process.env.STATUS || 200; console.log('answers ' + status); require('http').createServer((q, a) => a.writeHead(status).end()).listen(3000)"]
    init: true
    environment: { STATUS: "${STATUS:-200}" }
    networks: [back]
    healthcheck: { test: ["CMD", "wget", "-qO-", "http://localhost:3000"], interval: 200ms, retries: 5 }
networks:
  front: {}
  back: { internal: true }
YAML
echo '<h1>Shop</h1>' > pages/index.html

export BERTH_ROOT=$folder/state BERTH_RUN_ROOT=/run/berth PATH=$folder/bin:$PATH TERM=xterm-256color COLORTERM=
export HISTFILE= TMUX_TMPDIR=/run
pane() { tmux -f /dev/null -S /run/tmux "$@"; }
pane start-server \; set -g history-limit 5000 \; new-session -d -s shop -x 116 -y 60 'bash --norc --noprofile'

shown() { pane capture-pane -p -S - -t shop; }
typed() { pane send-keys -t shop -l "$1"; pane send-keys -t shop Enter; }
# Waits until a line that fits has come more often than before.
wait_for() {
  local deadline=$((SECONDS + 60))
  until [ "$(shown | grep -cE "$1")" -ge "${2:-1}" ]; do
    [ $SECONDS -lt $deadline ] || { shown; echo "never seen: $1" >&2; exit 1; }
    sleep 0.1
  done
}
# The next prompt, when everything before it is over.
prompts=0
prompt() { prompts=$((prompts + 1)); wait_for '^\$( |$)' "$prompts"; sleep 0.3; }

wait_for '^bash'
typed "PS1='$ '"; prompt
typed clear; sleep 0.5; pane clear-history -t shop; prompts=0; prompt
typed "({ sleep 6; echo '<h1>Shop, open all day</h1>' > pages/index.html; } &); berth up --watch"
wait_for '✔ sync web'
sleep 0.3
pane send-keys -t shop d
prompt
typed 'curl -s localhost:8080'; prompt
typed 'STATUS=500 berth up -d --wait'; prompt
typed 'berth up -d --wait'; prompt
typed 'berth restart web'; prompt
typed 'berth run --rm web wget -qO- http://api:3000 && echo "api: fine"'; prompt
typed 'berth ps'; prompt
typed 'berth up'
wait_for 'q stop'; sleep 1.5
pane send-keys -t shop C-c
prompt
# Without the prompt at its end.
pane capture-pane -e -p -S - -t shop | sed -e 's/ *$//' | awk '{ lines[NR] = $0; if ($0 !~ /^\$?$/) last = NR }
  END { for (n = 1; n <= last; n++) print lines[n] }' > "$folder/session.txt"
berth down >/dev/null 2>&1 || true
berth engine stop >/dev/null 2>&1 || true
pane kill-server || true
