{{/* The name of the release's objects. */}}
{{- define "connect-verifier.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{/* What selects the pods: it never changes between versions. */}}
{{- define "connect-verifier.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "connect-verifier.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{ include "connect-verifier.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "connect-verifier.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "connect-verifier.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{- define "connect-verifier.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end }}

{{/* The Secret with the clients, wherever it comes from. */}}
{{- define "connect-verifier.clientsSecret" -}}
{{- default (printf "%s-clients" (include "connect-verifier.fullname" .)) .Values.clients.existingSecret -}}
{{- end }}

{{/* Whether there is a signing secret; empty is no. */}}
{{- define "connect-verifier.hasSigningSecret" -}}
{{- with .Values.signingSecret }}{{ if or .value .existingSecret .externalSecret.enabled }}yes{{ end }}{{ end -}}
{{- end }}

{{- define "connect-verifier.signingSecret" -}}
{{- default (printf "%s-signing" (include "connect-verifier.fullname" .)) .Values.signingSecret.existingSecret -}}
{{- end }}

{{/* Seconds from SIGTERM's first cause to the kill: pause, drain, and some to end in. */}}
{{- define "connect-verifier.gracePeriod" -}}
{{- $delay := dig "drain_delay" "5s" .Values.config.server | trimSuffix "s" | int -}}
{{- $timeout := dig "drain_timeout" "30s" .Values.config.server | trimSuffix "s" | int -}}
{{- add $delay $timeout .Values.preStopSleepSeconds 10 -}}
{{- end }}

{{/* The port of the collector of traces; empty is that there is none. */}}
{{- define "connect-verifier.otlpPort" -}}
{{- with .Values.config.telemetry.otlp_endpoint -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (eq $url.scheme "https" | ternary "443" "80") -}}
{{- end -}}
{{- end }}

{{/* A TOML value: a text (JSON's escapes are TOML's), a list, a truth or a whole number. */}}
{{- define "connect-verifier.tomlValue" -}}
{{- if kindIs "string" . -}}
{{ toJson . }}
{{- else if kindIs "slice" . -}}
[{{ range $index, $item := . }}{{ if $index }}, {{ end }}{{ include "connect-verifier.tomlValue" $item }}{{ end }}]
{{- else if kindIs "bool" . -}}
{{ . }}
{{- else -}}
{{ int64 . }}
{{- end -}}
{{- end }}

{{/* The keys of one TOML table; tables inside it are left to the caller. */}}
{{- define "connect-verifier.tomlKeys" -}}
{{- range $key, $value := . }}
{{- if not (kindIs "map" $value) }}
{{ $key }} = {{ include "connect-verifier.tomlValue" $value }}
{{- end }}
{{- end }}
{{- end }}

{{/* [[clients]] entries. */}}
{{- define "connect-verifier.clientsToml" -}}
{{- range . }}
[[clients]]
{{- include "connect-verifier.tomlKeys" . }}
{{ end }}
{{- end }}

{{/* The whole configuration. */}}
{{- define "connect-verifier.toml" -}}
{{- $config := .Values.config -}}
clients_file = "/run/connect-verifier/clients/clients.toml"
{{- if include "connect-verifier.hasSigningSecret" . }}
secret_file = "/run/connect-verifier/signing/secret"
{{- end }}

[server]
listen = "0.0.0.0:8080"
admin_listen = "0.0.0.0:9090"
{{- if .Values.tls.enabled }}
tls_cert = "/run/connect-verifier/tls/tls.crt"
tls_key = "/run/connect-verifier/tls/tls.key"
{{- if .Values.tls.clientCa.existingSecret }}
client_ca = "/run/connect-verifier/client-ca/ca.crt"
{{- end }}
{{- end }}
{{- include "connect-verifier.tomlKeys" $config.server }}

[auth]
mode = "keys"
{{- include "connect-verifier.tomlKeys" $config.auth }}
{{- if or $config.upstream .Values.extraCa.configMap }}

[upstream]
{{- if .Values.extraCa.configMap }}
extra_ca = "/run/connect-verifier/extra-ca/ca.crt"
{{- end }}
{{- include "connect-verifier.tomlKeys" $config.upstream }}
{{- with $config.upstream.breaker }}

[upstream.breaker]
{{- include "connect-verifier.tomlKeys" . }}
{{- end }}
{{- end }}
{{- range $section := list "cache" "limits" "sessions" "guidance" "telemetry" "page" }}
{{- with index $config $section }}

[{{ $section }}]
{{- include "connect-verifier.tomlKeys" . }}
{{- end }}
{{- end }}
{{- range $id, $region := $config.regions }}

[regions.{{ $id }}]
{{- include "connect-verifier.tomlKeys" $region }}
{{- end }}
{{- if .Values.redis.enabled }}

[redis]
url_file = "/run/connect-verifier/redis/url"
key_prefix = {{ toJson .Values.redis.keyPrefix }}
timeout = {{ toJson .Values.redis.timeout }}
{{- end }}
{{ end }}

{{/* What the schema cannot say. The message says what to do. */}}
{{- define "connect-verifier.validate" -}}
{{- $sources := 0 -}}
{{- with .Values.clients -}}
{{- range list .inline .existingSecret .externalSecret.enabled -}}{{- if . -}}{{- $sources = add $sources 1 -}}{{- end -}}{{- end -}}
{{- end -}}
{{- if and (eq (int $sources) 0) (not .Values.sandbox.enabled) -}}
{{- fail "clients: nobody could call; set clients.inline, clients.existingSecret or clients.externalSecret (`connect-verifier key new --partner NAME` makes a key and prints the entry), or sandbox.enabled=true to try things out" -}}
{{- end -}}
{{- if gt (int $sources) 1 -}}
{{- fail "clients: set one of inline, existingSecret and externalSecret.enabled, not several" -}}
{{- end -}}
{{- $secrets := 0 -}}
{{- with .Values.signingSecret -}}
{{- range list .value .existingSecret .externalSecret.enabled -}}{{- if . -}}{{- $secrets = add $secrets 1 -}}{{- end -}}{{- end -}}
{{- end -}}
{{- if gt (int $secrets) 1 -}}
{{- fail "signingSecret: set one of value, existingSecret and externalSecret.enabled, not several" -}}
{{- end -}}
{{- range $name := list "clients" "signingSecret" -}}
{{- with (index $.Values $name).externalSecret -}}
{{- if and .enabled (not (and .secretStoreRef.name .remoteRef.key)) -}}
{{- fail (printf "%s.externalSecret: secretStoreRef.name and remoteRef.key are needed" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.tls.enabled (not .Values.tls.existingSecret) -}}
{{- fail "tls.existingSecret: needed with tls.enabled; name a Secret of the type kubernetes.io/tls" -}}
{{- end -}}
{{- if and .Values.tls.clientCa.existingSecret (not .Values.tls.enabled) -}}
{{- fail "tls.clientCa: needs tls.enabled" -}}
{{- end -}}
{{- if and .Values.redis.enabled (not .Values.redis.existingSecret) -}}
{{- fail "redis.existingSecret: needed with redis.enabled; name a Secret with the URL" -}}
{{- end -}}
{{- if and .Values.redis.enabled (not (include "connect-verifier.hasSigningSecret" .)) -}}
{{- fail "signingSecret: needed with redis.enabled, because the shared keys derive from it" -}}
{{- end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) -}}
{{- fail "ingress.hosts: name at least one host" -}}
{{- end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) -}}
{{- fail "httpRoute.parentRefs: name at least one Gateway" -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) -}}
{{- fail "autoscaling: minReplicas is greater than maxReplicas" -}}
{{- end -}}
{{- if and .Values.preStopSleepSeconds (semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version) -}}
{{- fail "preStopSleepSeconds: needs Kubernetes 1.30; leave it at 0 and raise config.server.drain_delay instead" -}}
{{- end -}}
{{- end }}
