package creatorcli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/dtlic/dtlic"
)

// hostileTitles are titles that a product file may have, and that the source text
// of some language could trip over.
var hostileTitles = []string{
	"Notes", `</script><!--`, "`+panic(`x`)+`", "a\\`b", `"quoted" 'too'`, `${x} #{x} {{x}} %s %d`, `C:\new\u0041\x41\N{DASH}`,
	`\`, "Záznamy – 記録", "💡🗒", "private \ue000 \U000f0000", "*/ // --> ]]> \"\"\" '''", "a&b;<b>", "fullwidth ｀＂＼",
}

func hostileProducts(t *testing.T) (list []dtlic.Product) {
	t.Helper()
	for _, title := range hostileTitles {
		p := notes(t)
		p.Title = title
		p.Support = "https://example.com/?q=</script>`${x}\\%27\""
		p.Trial = &dtlic.Trial{Days: 14, Tier: "studio", Limits: map[string]int64{"rows": 1<<53 - 1}}
		list = append(list, p)
	}
	return list
}

func appText(t *testing.T, form string, p *dtlic.Product) string {
	t.Helper()
	file, err := p.File()
	if err != nil {
		t.Fatal(err)
	}
	return appTexts[form](p, string(file))
}

// asJSON is what every form has to say of a product.
func asJSON(t *testing.T, file []byte) any {
	t.Helper()
	var value any
	if err := json.Unmarshal(file, &value); err != nil {
		t.Fatalf("%v: %s", err, file)
	}
	return value
}

// Line ends that JavaScript once had trouble with, and what steers a terminal, are
// in no title.
func TestTitlesThatCannotBe(t *testing.T) {
	for _, title := range []string{"a\u2028b", "a\u2029b", "a\nb", "a\x00b", "a\u202eb", "a\ufeffb", "a\u007fb", "a\xffb"} {
		p := notes(t)
		p.Title = title
		if err := p.Validate(); err == nil {
			t.Errorf("%q is taken", title)
		}
	}
}

func TestProductAsJSON(t *testing.T) {
	for _, p := range hostileProducts(t) {
		text := appText(t, "json", &p)
		if got, err := dtlic.ParseProduct([]byte(text)); err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("%q: %v, %+v", p.Title, err, got)
		}
	}
	p := notes(t)
	if file, err := p.File(); err != nil || appText(t, "json", &p) != string(file) {
		t.Errorf("%v: a plain product is not as its file is: %s", err, appText(t, "json", &p))
	}
}

// TestProductAsGo builds a program that has every hostile product in it, each as
// an app's author pastes it, and asks the program for them.
func TestProductAsGo(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds a program")
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	products := hostileProducts(t)
	imports, calls := "", ""
	for i := range products {
		text := appText(t, "go", &products[i])
		if clean, err := format.Source([]byte(text)); err != nil || string(clean) != text {
			t.Errorf("%q: gofmt says %v, or makes another text of\n%s", products[i].Title, err, text)
		}
		name := fmt.Sprintf("p%d", i)
		write(name+"/product.go", "package "+name+"\n\nimport \"github.com/dtlic/dtlic\"\n\n"+text)
		imports += fmt.Sprintf("\t%q\n", "example.com/app/"+name)
		calls += "\t\t" + name + ".Product(),\n"
	}
	write("go.mod", "module example.com/app\n\ngo 1.26.0\n\nrequire github.com/dtlic/dtlic v0.0.0\n\nreplace github.com/dtlic/dtlic => "+root+"\n")
	write("main.go", "package main\n\nimport (\n\t\"os\"\n\n\t\"github.com/dtlic/dtlic\"\n"+imports+")\n\nfunc main() {\n"+
		"\tfor _, p := range []dtlic.Product{\n"+calls+"\t} {\n\t\tfile, err := p.File()\n\t\tif err != nil {\n\t\t\tpanic(err)\n\t\t}\n"+
		"\t\tos.Stdout.Write(file)\n\t\tos.Stdout.WriteString(\"\\x00\")\n\t}\n}\n")
	cmd := exec.Command("go", "run", "-mod=mod", ".")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off", "GOFLAGS=")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go run: %v\n%s", err, &stderr)
	}
	files := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if len(files) != len(products) {
		t.Fatalf("%d products came back, not %d", len(files), len(products))
	}
	for i, file := range files {
		if got, err := dtlic.ParseProduct([]byte(file)); err != nil || !reflect.DeepEqual(got, products[i]) {
			t.Errorf("%q: %v, %+v", products[i].Title, err, got)
		}
	}
}

// interpreter finds a language's interpreter, or skips the test.
func interpreter(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("there is no %s here", name)
	}
	return path
}

// saysTheSame runs an interpreter with the texts of all products on its standard
// input, NUL between them; it has to print each product as JSON, a line each.
func saysTheSame(t *testing.T, form, name string, args ...string) {
	t.Helper()
	cmd := exec.Command(interpreter(t, name), args...)
	products := hostileProducts(t)
	var texts []string
	for i := range products {
		texts = append(texts, appText(t, form, &products[i]))
	}
	cmd.Stdin = strings.NewReader(strings.Join(texts, "\x00"))
	cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(products) {
		t.Fatalf("%d products came back, not %d", len(lines), len(products))
	}
	for i, line := range lines {
		file, err := products[i].File()
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(asJSON(t, []byte(line)), asJSON(t, file)) {
			t.Errorf("%q became %s", products[i].Title, line)
		}
	}
}

// The literal is read without being run, so it is a literal and nothing else.
func TestProductAsPython(t *testing.T) {
	saysTheSame(t, "python", "python3", "-c", `
import ast, json, sys
for text in sys.stdin.read().split("\0"):
    tree = ast.parse(text, feature_version=(3, 9))
    [statement] = tree.body
    [target] = statement.targets
    assert target.id == "PRODUCT"
    print(json.dumps(ast.literal_eval(statement.value)))
`)
}

func TestProductAsJavaScript(t *testing.T) {
	saysTheSame(t, "js", "node", "--input-type=module", "-e", `
let texts = "";
for await (const part of process.stdin.setEncoding("utf8")) texts += part;
for (const text of texts.split("\0")) {
  const { product } = await import("data:text/javascript;charset=utf-8," + encodeURIComponent(text));
  console.log(JSON.stringify(product));
}
`)
	for _, p := range hostileProducts(t) {
		if text := appText(t, "js", &p); strings.Contains(text, "<") {
			t.Errorf("%q would end a script in a page: %s", p.Title, text)
		}
	}
}
