module github.com/throughline/throughline

go 1.23

require (
	github.com/agnivade/levenshtein v1.2.2
	github.com/google/uuid v1.6.0
	github.com/stretchr/testify v1.12.1
)

require go.yaml.in/yaml/v3 v3.0.5 // indirect
