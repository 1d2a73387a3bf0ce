module github.com/throughline/throughline

go 1.23
