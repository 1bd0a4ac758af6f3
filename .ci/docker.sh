# shellcheck shell=bash
# What of the check needs Docker: sourced by run, which provides need, $WORK and $CACHE. A machine
# needs no registry for it: the engine and the stand-ins for public images come from Debian, `docker
# compose` is built from its Go module, Millrace's images from the tree.

COMPOSE_VERSION=v2.40.3
DOCKERD_PID=

# start_engine has an engine answer: the one that runs, or one that stop_engine ends.
start_engine() {
  need docker docker.io
  need dockerd docker.io
  need debootstrap debootstrap
  # What is configured here is the check's own, the plugin too.
  export DOCKER_CONFIG="$WORK/docker"
  mkdir -p "$DOCKER_CONFIG/cli-plugins"
  docker version >/dev/null 2>&1 && return
  local root=()
  [ "$(id -u)" -eq 0 ] || root=(sudo)
  # Where systemd is not in charge, nobody may have mounted what containers are limited by.
  grep -q ' cgroup2\? ' /proc/mounts || { need cgroupfs-mount cgroupfs-mount && "${root[@]}" cgroupfs-mount; }
  "${root[@]}" dockerd --pidfile "$WORK/dockerd.pid" >"$WORK/dockerd.out" 2>&1 &
  DOCKERD_PID=$!
  for _ in $(seq 150); do
    docker version >/dev/null 2>&1 && return
    kill -0 "$DOCKERD_PID" 2>/dev/null || break
    sleep 0.2
  done
  echo "ci: no Docker engine answers" >&2
  tail -n 40 "$WORK/dockerd.out" >&2
  return 1
}

# stop_engine ends the engine that start_engine started.
stop_engine() {
  [ -n "$DOCKERD_PID" ] || return 0
  kill "$DOCKERD_PID" 2>/dev/null && wait "$DOCKERD_PID" 2>/dev/null || true
  DOCKERD_PID=
}

# compose_plugin builds `docker compose`, once per version.
compose_plugin() {
  local at="$CACHE/docker-compose-$COMPOSE_VERSION"
  if [ ! -x "$at/docker-compose" ]; then
    mkdir -p "$at" "$WORK/compose"
    # Modules do not inherit exclusions, so these are the plugin's own.
    cat >"$WORK/compose/go.mod" <<'MOD'
module compose

go 1.26

exclude (
	github.com/davecgh/go-spew v1.1.2-0.20180830191138-d8f796af33cc
	github.com/pmezard/go-difflib v1.0.1-0.20181226105442-5d4384ee4fb2
)
MOD
    (
      cd "$WORK/compose"
      export GOWORK=off GOFLAGS=-mod=mod CGO_ENABLED=0
      go get "github.com/docker/compose/v2/cmd@$COMPOSE_VERSION" 2>"$WORK/compose.out" || { cat "$WORK/compose.out"; exit 1; }
      go build -trimpath -ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$COMPOSE_VERSION" \
        -o "$at/docker-compose.new" github.com/docker/compose/v2/cmd
    )
    mv "$at/docker-compose.new" "$at/docker-compose"
  fi
  ln -sf "$at/docker-compose" "$DOCKER_CONFIG/cli-plugins/docker-compose"
  docker compose version
}

# airgap builds the stand-ins from nothing, whatever there is.
airgap() { make airgap FORCE=1; }

images() { make images; }

# containers runs the tests in containers; none is skipped.
containers() { CI=true make containers; }

# measure prints what docs/operations.md shows.
measure() { CI=true make measure; }
