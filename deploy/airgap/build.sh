#!/usr/bin/env bash
# Builds stand-ins for the public base images, under their names and tags, for machines that reach
# no image registry: from Debian packages and Maven Central only. See README.md beside this.
#
#   deploy/airgap/build.sh                kafka and redis, unless there are images of these names
#   deploy/airgap/build.sh golang         what the images of Millrace are built in, from source
#   FORCE=1 deploy/airgap/build.sh        anew, whatever is there
set -euo pipefail
cd "$(dirname "$0")"

ROOT=$(cd ../.. && pwd)
NAMES=("$@")
[ ${#NAMES[@]} -gt 0 ] || NAMES=(kafka redis)
BASE=millrace/stand-in-base
MARK=org.millrace.stand-in
WORK=$(mktemp -d)

finish() {
  mountpoint -q "$WORK/root/proc" 2>/dev/null && umount "$WORK/root/proc"
  rm -rf --one-file-system "$WORK"
}
trap finish EXIT

say() { echo "airgap: $*" >&2; }

need() {
  command -v "$1" >/dev/null || { say "$1 is missing: install the Debian package $2"; exit 1; }
}

# public NAME prints the image that a stand-in is for: the one that docker-compose.yml, or the
# Dockerfile of the images, names.
public() {
  case $1 in
    kafka) sed -n 's/^ *image: *\(apache\/kafka:[^ ]*\).*/\1/p' "$ROOT/docker-compose.yml" ;;
    redis) sed -n 's/^ *image: *\(redis:[^ ]*\).*/\1/p' "$ROOT/docker-compose.yml" ;;
    golang) sed -n 's/^FROM \(golang:[^ ]*\).*/\1/p' "$ROOT/deploy/images/Dockerfile" ;;
    *) say "no stand-in for $1; there are kafka, redis and golang"; exit 2 ;;
  esac | head -n 1
}

label() { docker image inspect --format "{{index .Config.Labels \"$2\"}}" "$1" 2>/dev/null; }

# wanted IMAGE says whether to build it: nothing that came from a registry is ever replaced.
wanted() {
  docker image inspect "$1" >/dev/null 2>&1 || return 0
  if [ "$(label "$1" "$MARK")" != true ]; then
    say "$1 is there, and is no stand-in: left as it is"
    return 1
  fi
  [ -n "${FORCE:-}" ] && return 0
  say "$1 is there already (FORCE=1 builds it anew)"
  return 1
}

# mirror prints where apt gets Debian from on this machine.
mirror() {
  # shellcheck disable=SC2016 # apt-get replaces these
  apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Component: main' "Codename: $SUITE" | sort -u | head -n 1
}

# base makes the one file system that all stand-ins share: a minimal Debian with a Java and a Redis.
base() {
  [ -z "${BASE_BUILT:-}" ] || return 0
  BASE_BUILT=1
  wanted "$BASE" || return 0
  [ "$(id -u)" -eq 0 ] || { say "debootstrap needs root"; exit 1; }
  need debootstrap debootstrap
  SUITE=$(. /etc/os-release && echo "$VERSION_CODENAME")
  local root=$WORK/root from
  from=$(mirror)
  [ -n "$from" ] || { say "apt on this machine knows no Debian mirror for $SUITE"; exit 1; }
  say "Debian $SUITE, with a Java and a Redis"
  debootstrap --variant=minbase --include=ca-certificates "$SUITE" "$root" "$from" >"$WORK/log" || { tail -n 20 "$WORK/log"; exit 1; }
  mount -t proc proc "$root/proc"
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d" # nothing is started
  chmod +x "$root/usr/sbin/policy-rc.d"
  # Fixed, and before the packages: volumes keep numbers, not names.
  chroot "$root" useradd --system --uid 999 --user-group --home-dir /data redis
  chroot "$root" useradd --uid 1000 --create-home --shell /bin/bash appuser
  # Copies of mirrors are often old where the internet is far; signatures are checked all the same.
  chroot "$root" apt-get -q -o Acquire::Check-Valid-Until=false -o Acquire::Check-Date=false update >>"$WORK/log" &&
    DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get -q -y --no-install-recommends install \
      default-jre-headless redis-server >>"$WORK/log" || { tail -n 20 "$WORK/log"; exit 1; }
  umount "$root/proc"
  rm -rf "$root/usr/sbin/policy-rc.d" "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/* \
    "$root"/usr/share/{doc,man,locale} "$root"/var/log/* "$root/etc/apt/sources.list"
  tar --numeric-owner -C "$root" -c . | docker import \
    --change "LABEL $MARK=true" \
    --change "LABEL org.opencontainers.image.description=\"What Millrace's stand-ins for public images are made of\"" \
    - "$BASE" >/dev/null
}

# image NAME FOLDER builds a stand-in on the base.
image() {
  local tag=$1
  docker build --quiet --tag "$tag" --label "$MARK=true" \
    --label "org.opencontainers.image.title=stand-in for $tag" \
    --label "org.opencontainers.image.description=Not the public image $tag, but a stand-in for machines that reach no registry. Built by deploy/airgap of Millrace from Debian packages and Maven Central. For trying out and tests only." \
    "$2" >/dev/null
  say "built $tag"
}

kafka() {
  need mvn maven
  local version=${1#*:}
  version=${version%%-*}
  say "Kafka $version from Maven Central"
  cp -r kafka "$WORK/kafka"
  mvn -q -B -f "$WORK/kafka/pom.xml" -Dkafka.version="$version" dependency:copy-dependencies -DoutputDirectory="$WORK/kafka/libs"
  base
  image "$1" "$WORK/kafka"
}

redis() {
  base
  image "$1" redis
}

# golang has no Debian package that is new enough: this is the Go that is here, which gets modules
# from where it gets them here, and trusts whom this machine trusts.
golang() {
  need go golang
  local version=${1#*:} at=$WORK/golang
  version=go${version%%-*}
  [ "$(go env GOVERSION)" = "$version" ] || { say "$1 needs $version, and this machine has $(go env GOVERSION)"; exit 1; }
  base
  mkdir -p "$at"
  cp -r "$(go env GOROOT)" "$at/go"
  cp /etc/ssl/certs/ca-certificates.crt "$at/"
  cat >"$at/Dockerfile" <<DOCKERFILE
FROM $BASE
COPY ca-certificates.crt /etc/ssl/certs/
COPY go /usr/local/go
ENV PATH=/usr/local/go/bin:\$PATH GOTOOLCHAIN=local GOPROXY=$(go env GOPROXY) GOSUMDB=$(go env GOSUMDB)
WORKDIR /go
DOCKERFILE
  image "$1" "$at"
}

need docker docker.io
for name in "${NAMES[@]}"; do
  tag=$(public "$name")
  [ -n "$tag" ] || { say "found no tag for $name"; exit 1; }
  if wanted "$tag"; then
    "$name" "$tag"
  fi
done
