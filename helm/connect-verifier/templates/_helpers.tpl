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

{{/* The labels that select the pods; they never change between versions. */}}
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

{{/* The same with more of an object's own, which win over `commonLabels`: a key that stands twice is refused by some readers
of YAML (kustomize, and so Flux). */}}
{{- define "connect-verifier.labelsWith" -}}
{{- $root := index . 0 -}}
{{- toYaml (merge (dict) (index . 1 | default dict) (include "connect-verifier.labels" $root | fromYaml)) -}}
{{- end }}

{{- define "connect-verifier.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "connect-verifier.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end }}

{{/* A repository with its registry; a chart-wide registry replaces that of the repository. */}}
{{- define "connect-verifier.repository" -}}
{{- $global := (.root.Values.global).imageRegistry | default "" | trimSuffix "/" -}}
{{- $first := splitList "/" .repository | first -}}
{{- $hasRegistry := and (contains "/" .repository) (or (contains "." $first) (contains ":" $first) (eq $first "localhost")) -}}
{{- if and $global $hasRegistry -}}
{{ $global }}/{{ .repository | trimPrefix (printf "%s/" $first) }}
{{- else if $global -}}
{{ $global }}/{{ .repository }}
{{- else if and .registry (not $hasRegistry) -}}
{{ .registry }}/{{ .repository }}
{{- else -}}
{{ .repository }}
{{- end -}}
{{- end }}

{{- define "connect-verifier.image" -}}
{{- $repository := include "connect-verifier.repository" (dict "root" . "registry" .Values.image.registry "repository" .Values.image.repository) -}}
{{- if .Values.image.digest -}}
{{ $repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ $repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
{{- end -}}
{{- end }}

{{/* The pull secrets of chart and umbrella chart, as names or as objects. */}}
{{- define "connect-verifier.imagePullSecrets" -}}
{{- $names := list -}}
{{- range concat ((.Values.global).imagePullSecrets | default list) (.Values.imagePullSecrets | default list) -}}
{{- $names = append $names (kindIs "map" . | ternary (get (kindIs "map" . | ternary . dict) "name") .) -}}
{{- end -}}
{{- with $names | uniq }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end -}}
{{- end }}

{{/* The labels that every PromQL expression of this release selects, as matchers. */}}
{{- define "connect-verifier.promSelector" -}}
{{- $own := dict "namespace" .Release.Namespace "job" (printf "%s-admin" (include "connect-verifier.fullname" .)) -}}
{{- $matchers := list -}}
{{- range $label, $value := .Values.metrics.prometheusRule.selector | default $own -}}
{{- $matchers = append $matchers (printf "%s=%q" $label $value) -}}
{{- end -}}
{{- join ", " $matchers -}}
{{- end }}

{{/* The grouping key of a batch's metrics: the labels that the rules select. */}}
{{- define "connect-verifier.pushKey" -}}
{{- $own := dict "namespace" .Release.Namespace "job" (printf "%s-admin" (include "connect-verifier.fullname" .)) -}}
{{- $labels := .Values.metrics.prometheusRule.selector | default $own -}}
job/{{ $labels.job | default $own.job }}
{{- range $label, $value := omit $labels "job" }}/{{ $label }}/{{ $value }}{{ end -}}
{{- end }}

{{/* The claim that a batch writes to. */}}
{{- define "connect-verifier.batchClaim" -}}
{{- default (printf "%s-batch" (include "connect-verifier.fullname" .)) .Values.batch.output.existingClaim -}}
{{- end }}

{{/* The Secret with the clients. */}}
{{- define "connect-verifier.clientsSecret" -}}
{{- default (printf "%s-clients" (include "connect-verifier.fullname" .)) .Values.clients.existingSecret -}}
{{- end }}

{{/* Whether there is a signing secret; empty means no. */}}
{{- define "connect-verifier.hasSigningSecret" -}}
{{- with .Values.signingSecret }}{{ if or .value .existingSecret .externalSecret.enabled }}yes{{ end }}{{ end -}}
{{- end }}

{{- define "connect-verifier.signingSecret" -}}
{{- default (printf "%s-signing" (include "connect-verifier.fullname" .)) .Values.signingSecret.existingSecret -}}
{{- end }}

{{/* The grace period in seconds: pause, drain, and ten seconds to exit. */}}
{{- define "connect-verifier.gracePeriod" -}}
{{- $delay := dig "drain_delay" "5s" .Values.config.server | trimSuffix "s" | int -}}
{{- $timeout := dig "drain_timeout" "30s" .Values.config.server | trimSuffix "s" | int -}}
{{- add $delay $timeout .Values.preStopSleepSeconds 10 -}}
{{- end }}

{{/* The port of the trace collector; empty without one. */}}
{{- define "connect-verifier.otlpPort" -}}
{{- with .Values.config.telemetry.otlp_endpoint -}}
{{- $url := urlParse . -}}
{{- regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (eq $url.scheme "https" | ternary "443" "80") -}}
{{- end -}}
{{- end }}

{{/* A TOML value: a string (JSON's escapes are TOML's), a list, a boolean or an integer. */}}
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

{{/* The keys of one TOML table, without the tables inside it. */}}
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

{{/* Checks that the schema cannot express. The messages explain what to do. */}}
{{- define "connect-verifier.validate" -}}
{{- $sources := 0 -}}
{{- with .Values.clients -}}
{{- range list .inline .existingSecret .externalSecret.enabled -}}{{- if . -}}{{- $sources = add $sources 1 -}}{{- end -}}{{- end -}}
{{- end -}}
{{- if and (eq (int $sources) 0) (not .Values.sandbox.enabled) -}}
{{- fail "clients: none configured; set clients.inline, clients.existingSecret or clients.externalSecret (`connect-verifier key new --partner NAME` creates a key and prints the entry), or sandbox.enabled=true to try the service" -}}
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
{{- fail (printf "%s.externalSecret: secretStoreRef.name and remoteRef.key are required" $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.tls.enabled (not .Values.tls.existingSecret) -}}
{{- fail "tls.existingSecret: required with tls.enabled; name a Secret of the type kubernetes.io/tls" -}}
{{- end -}}
{{- if and .Values.tls.clientCa.existingSecret (not .Values.tls.enabled) -}}
{{- fail "tls.clientCa: requires tls.enabled" -}}
{{- end -}}
{{- if and .Values.redis.enabled (not .Values.redis.existingSecret) -}}
{{- fail "redis.existingSecret: required with redis.enabled; name a Secret with the URL" -}}
{{- end -}}
{{- if and .Values.redis.enabled (not (include "connect-verifier.hasSigningSecret" .)) -}}
{{- fail "signingSecret: required with redis.enabled, because the shared keys are derived from it" -}}
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
{{- if and .Values.service.loadBalancerSourceRanges (ne .Values.service.type "LoadBalancer") -}}
{{- fail "service.loadBalancerSourceRanges: requires service.type LoadBalancer" -}}
{{- end -}}
{{- if and .Values.service.externalTrafficPolicy (eq .Values.service.type "ClusterIP") -}}
{{- fail "service.externalTrafficPolicy: requires service.type NodePort or LoadBalancer" -}}
{{- end -}}
{{- if and (eq .Values.updateStrategy.type "RollingUpdate") .Values.updateStrategy.rollingUpdate -}}
{{- with .Values.updateStrategy.rollingUpdate -}}
{{- if and (has (toString .maxSurge) (list "0" "0%")) (has (toString .maxUnavailable) (list "0" "0%")) -}}
{{- fail "updateStrategy.rollingUpdate: with maxSurge and maxUnavailable 0 no pod could be replaced" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.metrics.serviceMonitor -}}
{{- /* The operator would leave the whole ServiceMonitor out, without a word where anybody looks. */ -}}
{{- $now := now -}}
{{- if and .enabled (not (contains "d" (print .interval .scrapeTimeout))) -}}
{{- if ($now | mustDateModify (print "+" .scrapeTimeout)).After ($now | mustDateModify (print "+" .interval)) -}}
{{- fail "metrics.serviceMonitor: scrapeTimeout is longer than interval" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $targets := list -}}
{{- range splitList "," (.Values.config.telemetry.log_level | default "") -}}
{{- $target := splitList "=" . | first -}}
{{- if and (contains "=" .) (has $target $targets) -}}
{{- fail (printf "config.telemetry.log_level: %s has two levels" $target) -}}
{{- end -}}
{{- $targets = append $targets $target -}}
{{- end -}}
{{- include "connect-verifier.validateRegions" . -}}
{{- $names := list -}}
{{- $hashes := list -}}
{{- range .Values.clients.inline -}}
{{- if has .name $names -}}{{- fail (printf "clients.inline: %q is the name of two clients" .name) -}}{{- end -}}
{{- $names = append $names .name -}}
{{- range .key_sha256 -}}
{{- if has . $hashes -}}{{- fail (printf "clients.inline: the hash %s… occurs twice" (trunc 8 .)) -}}{{- end -}}
{{- $hashes = append $hashes . -}}
{{- end -}}
{{- end -}}
{{- if .Values.batch.enabled -}}
{{- if .Values.sandbox.enabled -}}
{{- fail "batch: it calls CleverTap directly, so it cannot be combined with sandbox.enabled" -}}
{{- end -}}
{{- if not .Values.batch.existingSecret -}}
{{- fail "batch.existingSecret: required with batch.enabled; name a Secret with the CSV file" -}}
{{- end -}}
{{- if not .Values.config.upstream.partner -}}
{{- fail "config.upstream.partner: required with batch.enabled; the partner whose credentials are verified" -}}
{{- end -}}
{{- end -}}
{{- if and .Values.preStopSleepSeconds (semverCompare "<1.30.0-0" .Capabilities.KubeVersion.Version) -}}
{{- fail "preStopSleepSeconds: requires Kubernetes 1.30; leave it at 0 and raise config.server.drain_delay instead" -}}
{{- end -}}
{{- end }}

{{/* The regions that the service has built in (config/default.toml). */}}
{{- define "connect-verifier.builtInRegions" -}}
in1: {name: India, base_url: "https://in1.api.clevertap.com", dashboard_url: "https://in1.dashboard.clevertap.com", aliases: [in, in1.api.clevertap.com]}
sg1: {name: Singapore, base_url: "https://sg1.api.clevertap.com", dashboard_url: "https://sg1.dashboard.clevertap.com", aliases: [sg, sg1.api.clevertap.com]}
us1: {name: United States, base_url: "https://us1.api.clevertap.com", dashboard_url: "https://us1.dashboard.clevertap.com", aliases: [us, usa, us1.api.clevertap.com]}
aps3: {name: Indonesia, base_url: "https://aps3.api.clevertap.com", dashboard_url: "https://aps3.dashboard.clevertap.com", aliases: [id, aps3.api.clevertap.com]}
mec1: {name: Middle East (UAE), base_url: "https://mec1.api.clevertap.com", dashboard_url: "https://mec1.dashboard.clevertap.com", aliases: [uae, ae, middle east, mec1.api.clevertap.com]}
eu1: {name: Europe, base_url: "https://api.clevertap.com", dashboard_url: "https://eu1.dashboard.clevertap.com", aliases: [eu, api, default, api.clevertap.com, eu1.api.clevertap.com]}
{{- end }}

{{/* A region is complete, and no word names two of them. */}}
{{- define "connect-verifier.validateRegions" -}}
{{- $builtIn := include "connect-verifier.builtInRegions" . | fromYaml -}}
{{- range $id, $region := .Values.config.regions -}}
{{- range $key := list "name" "base_url" "dashboard_url" -}}
{{- if not (or (hasKey $builtIn $id) (hasKey $region $key)) -}}
{{- fail (printf "config.regions.%s.%s: required, because %s is not a built-in region" $id $key $id) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $named := dict -}}
{{- range $id, $region := merge (deepCopy (.Values.config.regions | default dict)) $builtIn -}}
{{- $hosts := list ($region.base_url | trimPrefix "https://" | splitList "/" | first | trimSuffix ":443") ($region.dashboard_url | trimPrefix "https://" | splitList "/" | first) -}}
{{- range $word := concat (list $id $region.name) $hosts ($region.aliases | default list) -}}
{{- $other := get $named (lower $word) | default $id -}}
{{- if ne $other $id -}}
{{- fail (printf "config.regions: %s names both %s and %s" (lower $word) $other $id) -}}
{{- end -}}
{{- $_ := set $named (lower $word) $id -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The mounts of a pod of the service; a batch has the same. */}}
{{- define "connect-verifier.volumeMounts" -}}
- name: config
  mountPath: /etc/connect-verifier
  readOnly: true
- name: clients
  mountPath: /run/connect-verifier/clients
  readOnly: true
{{- if include "connect-verifier.hasSigningSecret" . }}
- name: signing
  mountPath: /run/connect-verifier/signing
  readOnly: true
{{- end }}
{{- if .Values.tls.enabled }}
- name: tls
  mountPath: /run/connect-verifier/tls
  readOnly: true
{{- end }}
{{- if .Values.tls.clientCa.existingSecret }}
- name: client-ca
  mountPath: /run/connect-verifier/client-ca
  readOnly: true
{{- end }}
{{- if .Values.extraCa.configMap }}
- name: extra-ca
  mountPath: /run/connect-verifier/extra-ca
  readOnly: true
{{- end }}
{{- if .Values.redis.enabled }}
- name: redis
  mountPath: /run/connect-verifier/redis
  readOnly: true
{{- end }}
{{- end }}

{{/* The volumes of these mounts. */}}
{{- define "connect-verifier.volumes" -}}
- name: config
  configMap:
    name: {{ include "connect-verifier.fullname" . }}
- name: clients
  secret:
    secretName: {{ include "connect-verifier.clientsSecret" . }}
    defaultMode: 0440
    items:
      - key: {{ .Values.clients.key }}
        path: clients.toml
{{- if include "connect-verifier.hasSigningSecret" . }}
- name: signing
  secret:
    secretName: {{ include "connect-verifier.signingSecret" . }}
    defaultMode: 0440
    items:
      - key: {{ .Values.signingSecret.key }}
        path: secret
{{- end }}
{{- if .Values.tls.enabled }}
- name: tls
  secret:
    secretName: {{ .Values.tls.existingSecret }}
    defaultMode: 0440
    items:
      - key: tls.crt
        path: tls.crt
      - key: tls.key
        path: tls.key
{{- end }}
{{- if .Values.tls.clientCa.existingSecret }}
- name: client-ca
  secret:
    secretName: {{ .Values.tls.clientCa.existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ .Values.tls.clientCa.key }}
        path: ca.crt
{{- end }}
{{- if .Values.extraCa.configMap }}
- name: extra-ca
  configMap:
    name: {{ .Values.extraCa.configMap }}
    items:
      - key: {{ .Values.extraCa.key }}
        path: ca.crt
{{- end }}
{{- if .Values.redis.enabled }}
- name: redis
  secret:
    secretName: {{ .Values.redis.existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ .Values.redis.key }}
        path: url
{{- end }}
{{- end }}
