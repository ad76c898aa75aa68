#!/bin/sh
# `nimsfw` in the image of that name (docs/docker-image.md). Who may administer the network is root in the lab too. Any
# other root becomes an ordinary user first, the one to whom the folder of the results belongs, so that no program of the
# lab has a right of the container's. The results always belong to the owner of that folder.
set -eu
out=/out
program=/opt/nimsfw/bin/nimsfw.js
# tini collects the processes that others have left, and passes a signal on to the whole group, as a terminal does.
tini="tini -s -g --"

[ "$(id -u)" = 0 ] || exec $tini node "$program" "$@"

owner=$(stat -c %u "$out")
# CAP_NET_ADMIN is bit 12 of the effective rights (capabilities(7)).
rights=$(sed -n 's/^CapEff:[[:space:]]*/0x/p' /proc/self/status)
if [ $((rights >> 12 & 1)) = 1 ]; then
  grep -qsx tini "/proc/$PPID/comm" || exec $tini "$0" "$@"
  # At a signal nimsfw ends, and this script goes on.
  trap : HUP INT TERM
  status=0
  node "$program" "$@" || status=$?
  # The verdict does not depend on that. Another container may write there too, so that files come and go.
  if [ "$owner" != 0 ] && LC_ALL=C chown -R --no-dereference --reference="$out" "$out" 2>&1 |
    grep -qv ': No such file or directory$'; then
    echo "nimsfw: files in $out stay root's, as not all could be given to the owner of the folder; change their owner yourself [NOT_GIVEN]" >&2
  fi
  exit "$status"
fi

[ "$owner" != 0 ] || owner=$(id -u nimsfw)
getent passwd "$owner" >/dev/null ||
  echo "owner:x:$owner:$(stat -c %g "$out")::$out:/bin/sh" >>/etc/passwd
name=$(id -un "$owner")
for ids in /etc/subuid /etc/subgid; do
  grep -q "^$name:" "$ids" || echo "$name:100000:65536" >>"$ids"
done
# A program of an ordinary user gets no signal of a root that may not send it, so tini is the user's too.
HOME=$out exec setpriv --reuid "$owner" --regid "$(id -g "$owner")" --clear-groups $tini node "$program" "$@"
