#!/bin/sh
# Begins as root, so that a volume of any owner becomes redis's own; the server itself is not root.
set -e
if [ "$1" = redis-server ]; then
  shift
  set -- redis-server --protected-mode no --dir /data "$@"
  if [ "$(id -u)" = 0 ]; then
    find . ! -user redis -exec chown redis:redis {} +
    exec setpriv --reuid redis --regid redis --init-groups "$@"
  fi
fi
exec "$@"
