{{- /* Nodes that are, or are not, edge nodes. */ -}}
{{- define "nodes" -}}
nodeAffinity:
  requiredDuringSchedulingIgnoredDuringExecution:
    nodeSelectorTerms:
      - matchExpressions: [{ key: node-role.kubernetes.io/edge, operator: {{ . }} }]
{{- end -}}
{{- define "image" -}}
image: {{ .repository }}:{{ .tag }}
imagePullPolicy: IfNotPresent
{{- end -}}
