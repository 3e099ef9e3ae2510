# The API document: its linter, and the client in TypeScript that is generated from it. Expects $root.

# What the linter needs.
oldest_node="20.19"

node_is_there() {
  command -v node >/dev/null && command -v npm >/dev/null \
    && [[ "$(printf '%s\n' "$oldest_node" "$(node --version | tr -d v)" | sort -V | head -n 1)" == "$oldest_node" ]]
}

# Installs Node as root when it is missing, as the servers of the tests are installed.
require_node() {
  if ! node_is_there && [[ $EUID -eq 0 && -x /usr/bin/apt-get ]]; then
    DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends nodejs npm >/dev/null 2>&1 || true
  fi
  if ! node_is_there; then
    echo "Node $oldest_node or newer, with npm, is not on this machine: install it." >&2
    return 1
  fi
}

# The programs that build/npm names, in the versions of its lock file.
install_npm_tools() {
  cmp -s "$root/build/npm/package-lock.json" "$root/build/npm/node_modules/.installed" \
    || { (cd "$root/build/npm" && npm ci --ignore-scripts --no-fund --no-audit) && cp "$root/build/npm/package-lock.json" "$root/build/npm/node_modules/.installed"; }
}

# The linter finds nothing.
lint_document() {
  install_npm_tools \
    && REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
      "$root/build/npm/node_modules/.bin/redocly" lint --config "$root/build/npm/redocly.yaml" "$root/docs/openapi/v1.json"
}

# The client in TypeScript is generated and compiles, with what uses it.
check_typescript() {
  install_npm_tools \
    && (cd "$root" && dotnet tool restore && DOTNET_ROLL_FORWARD=Major dotnet nswag openapi2tsclient \
      /input:docs/openapi/v1.json /output:clients/typescript/generated/opsdb.ts \
      /template:Fetch /className:OpsDbClient /operationGenerationMode:SingleClientFromOperationId \
      /typeStyle:Interface /nullValue:Null /markOptionalProperties:true /dateTimeType:string /enumStyle:StringLiteral \
      /wrapResponses:true /responseClass:OpsDbResponse /exceptionClass:OpsDbException /wrapDtoExceptions:true \
      /clientBaseClass:OpsDbClientBase /useTransformOptionsMethod:true /extensionCode:clients/typescript/base.ts) \
    && "$root/build/npm/node_modules/.bin/tsc" -p "$root/clients/typescript"
}
