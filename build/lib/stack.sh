# Builds the programs that the commands start: quietly, unless it fails. Expects $root.

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

require_sdk() {
  if ! command -v dotnet >/dev/null; then
    echo "The .NET 10 SDK is missing: install it and see that dotnet is in the PATH." >&2
    exit 1
  fi
}

build_projects() {
  require_sdk
  local project log
  log="$(mktemp)"
  for project in "$@"; do
    if [[ ! -f "$root/projects/$project/$project.csproj" ]]; then
      continue
    fi
    # Into a file and not a pipe, which the compiler's server would keep open.
    if ! dotnet build "$root/projects/$project/$project.csproj" -c Release -v quiet --nologo >"$log" 2>&1; then
      cat "$log" >&2
      rm -f "$log"
      exit 1
    fi
  done
  rm -f "$log"
}

build_if_missing() {
  require_sdk
  if [[ ! -f "$root/artifacts/bin/$1/release/$1.dll" ]]; then
    build_projects "$1"
  fi
}
