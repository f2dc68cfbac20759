"""Each rule on what it must find and on what it must leave alone."""

import argparse
import sys
import unittest
from pathlib import Path

import banned
import coroutines
import layers
import lint
import mutants
import papers
import tree
import unity
import unmended
from cpp_text import blank, statements

ROOT = Path(__file__).resolve().parents[2]


class Text(unittest.TestCase):
    def test_blanks_comments_and_literals_but_keeps_lines(self):
        text = 'a; // getenv\nb("fork(");\n/* rand()\n */ c(\'"\', R"(x\n")"); d;\n'
        self.assertEqual(blank(text), 'a;  \nb("");\n \n c(\'\', ""\n); d;\n')

    def test_digit_separators_are_no_characters(self):
        self.assertEqual(blank("int n = 1'000'000; f('x');"), "int n = 1'000'000; f('');")

    def test_splits_at_semicolons_and_block_braces(self):
        code = "void f() { if (a) { b; } Foo c{1, 2}; g([x](int i) { h; }, 3); }"
        found = [s.text.strip() for s in statements(code)]
        self.assertEqual(
            found, ["void f()", "if (a)", "b", "Foo c{1, 2}", "h", "g([x](int i) @, 3)"]
        )

    def test_constructors_with_braced_members_open_a_block(self):
        found = [s.text.strip() for s in statements("X::X() : a_{1}, b_{2} { c; }")]
        self.assertEqual(found, ["X::X() : a_{1}, b_{2}", "c"])


class Unity(unittest.TestCase):
    def clashing(self, first, second, folder="operator/net"):
        form = "namespace wavegate {{\nnamespace {{\n{}\n}}  // namespace\n}}  // namespace wavegate\n"
        texts = {f"{folder}/a.cpp": form.format(first), f"{folder}/b.cpp": form.format(second)}
        return [message for _, _, message in unity.clashes(texts)]

    def test_private_names_of_one_library_differ(self):
        for text in [
            "constexpr int kTick = 1;", "const std::string kTick{};", "struct Tick {\n};",
            "int tick(int a) {\n}", "bool tick(\n    const std::map<int, int>& a,\n    int b) {\n}",
        ]:
            self.assertEqual(len(self.clashing(text, text)), 1, text)
            self.assertEqual(len(self.clashing(text, text, "tests/unit/net")), 1, text)

    def test_a_suite_goes_with_the_tests_of_both_servers(self):
        form = "namespace wavegate {\nnamespace {\nint tick(int a) {\n}\n}  // namespace\n}  // namespace wavegate\n"
        for other, clashing in [("contract/x/replay_test", 1), ("real/x/server_test", 1),
                                ("real/y/server_test", 0)]:
            texts = {"tests/contract/x/x_suite.cpp": form, f"tests/{other}.cpp": form}
            self.assertEqual(len(list(unity.clashes(texts))), clashing, other)

    def test_overloads_are_told_apart(self):
        self.assertEqual(self.clashing("int f(int a) {", "int f(std::string a) {"), [])
        self.assertEqual(len(self.clashing("int f(int a) {", "long f(int b = 1) {")), 1)

    def test_repeated_aliases_and_declarations_are_fine(self):
        for text in ["using Kind = Node::Kind;", "struct Tick;", "namespace json = boost::json;"]:
            self.assertEqual(self.clashing(text, text), [], text)


class Layers(unittest.TestCase):
    KNOWN = {
        "operator/base/error.hpp", "operator/model/edit.hpp", "operator/ports/http.hpp",
        "operator/desired/parse.hpp", "operator/backends/mcp/client.hpp", "operator/net/curl.hpp",
        "reconcilers/stacks/diff.hpp", "reconcilers/guard/judge.hpp", "reconcilers/fleet/pass.hpp",
        "operator/render/stack.hpp", "operator/client/table.hpp",
        "operator/program/commands.hpp", "operator/sandbox/world.hpp",
        "operator/sandbox/program/serve.hpp", "operator/status/view.hpp",
    }

    def broken(self, path, include):
        return list(layers.check(path, f"#include {include}\n", self.KNOWN))

    def test_allowed_includes(self):
        for path, include in [
            ("operator/base/error.cpp", '"operator/base/error.hpp"'),
            ("operator/ports/http.cpp", '"operator/model/edit.hpp"'),
            ("operator/program/run.cpp", '"reconcilers/fleet/pass.hpp"'),
            ("operator/backends/mcp/client.cpp", '"operator/net/curl.hpp"'),
            ("reconcilers/fleet/pass.cpp", '"reconcilers/guard/judge.hpp"'),
            ("reconcilers/fleet/pass.cpp", '"operator/desired/parse.hpp"'),
            ("reconcilers/stacks/diff.cpp", '"operator/render/stack.hpp"'),
            ("operator/program/main.cpp", '"operator/program/commands.hpp"'),
            ("operator/program/plan.cpp", '"operator/client/table.hpp"'),
            ("operator/sandbox/program/serve.cpp", '"operator/sandbox/world.hpp"'),
            ("tests/unit/guard/judge_test.cpp", '"reconcilers/guard/judge.hpp"'),
            ("operator/net/curl.cpp", "<curl/curl.h>"),
            ("operator/net/server.cpp", "<boost/beast/http.hpp>"),
            ("operator/base/asio.cpp", "<boost/asio/impl/src.hpp>"),
            ("operator/base/error.hpp", "<string>"),
        ]:
            with self.subTest(path=path, include=include):
                self.assertEqual(self.broken(path, include), [])

    def test_forbidden_includes(self):
        for path, include in [
            ("operator/base/error.hpp", '"operator/model/edit.hpp"'),
            ("operator/net/curl.cpp", '"reconcilers/fleet/pass.hpp"'),
            ("operator/sandbox/mux.cpp", '"operator/backends/mcp/client.hpp"'),
            ("operator/backends/keycloak/client.cpp", '"operator/backends/mcp/client.hpp"'),
            ("reconcilers/guard/judge.cpp", '"operator/ports/http.hpp"'),
            ("reconcilers/stacks/diff.cpp", '"reconcilers/guard/judge.hpp"'),
            ("reconcilers/rollout/decide.cpp", '"reconcilers/stacks/diff.hpp"'),
            ("reconcilers/stacks/diff.cpp", '"operator/desired/parse.hpp"'),
            ("reconcilers/stacks/diff.cpp", '"operator/ports/http.hpp"'),
            ("reconcilers/rollout/decide.cpp", '"operator/ports/http.hpp"'),
            ("reconcilers/stacks/diff.cpp", '"operator/backends/mcp/client.hpp"'),
            ("operator/program/run.cpp", '"reconcilers/guard/judge.hpp"'),
            ("operator/client/get.cpp", '"operator/status/view.hpp"'),
            ("operator/program/sandbox.cpp", '"operator/sandbox/world.hpp"'),
            ("operator/program/sandbox.cpp", '"operator/sandbox/program/serve.hpp"'),
            ("operator/sandbox/world.cpp", '"operator/net/curl.hpp"'),
            ("operator/client/api.cpp", '"operator/net/curl.hpp"'),
            ("operator/client/get.cpp", '"operator/program/commands.hpp"'),
            ("operator/base/error.cpp", '"error.hpp"'),
            ("operator/base/error.cpp", '"operator/base/gone.hpp"'),
            ("operator/elsewhere/a.cpp", "<string>"),
            ("operator/net/curl.hpp", "<curl/curl.h>"),
            ("operator/serve/api.cpp", "<boost/beast/http.hpp>"),
            ("operator/net/curl.cpp", "<boost/asio.hpp>"),
            ("operator/net/curl.cpp", "<boost/asio/impl/src.hpp>"),
            ("reconcilers/stacks/diff.cpp", "<yaml-cpp/yaml.h>"),
            ("tests/support/curl.hpp", "<curl/curl.h>"),
        ]:
            with self.subTest(path=path, include=include):
                self.assertEqual(len(self.broken(path, include)), 1)

    def test_the_oracle_sees_no_reconciler_even_through_another_header(self):
        texts = {
            "tests/sim/oracle.cpp": '#include "tests/sim/world.hpp"\n',
            "tests/sim/world.hpp": '#include "reconcilers/guard/judge.hpp"\n',
        }
        found = list(layers.oracle("tests/sim/oracle.cpp", texts))
        self.assertEqual([(path, line) for path, line, _ in found], [("tests/sim/world.hpp", 1)])
        texts["tests/sim/world.hpp"] = '#include "operator/model/edit.hpp"\n'
        self.assertEqual(list(layers.oracle("tests/sim/oracle.cpp", texts)), [])

    def test_the_table_allows_nothing_that_is_not_linked(self):
        cmake = (ROOT / "CMakeLists.txt").read_text()
        self.assertEqual(list(layers.check_cmake(cmake)), [])
        poorer = cmake.replace("wavegate_folder(operator/store PCH LIBS SQLite::SQLite3 USES ports formats)",
                               "wavegate_folder(operator/store PCH LIBS SQLite::SQLite3 USES formats)")
        self.assertNotEqual(poorer, cmake)
        self.assertIn("store", str(list(layers.check_cmake(poorer))))

    def test_the_operator_links_no_double_by_no_way(self):
        cmake = (ROOT / "CMakeLists.txt").read_text()
        worse = cmake.replace("wavegate_folder(operator/store PCH LIBS SQLite::SQLite3 USES ports formats)",
                              "wavegate_folder(operator/store PCH LIBS SQLite::SQLite3 USES ports formats sandbox)")
        self.assertNotEqual(worse, cmake)
        self.assertIn("operator/program links operator/sandbox", str(list(layers.check_cmake(worse))))

    def test_a_folder_must_stand_in_both_table_and_build(self):
        cmake = (ROOT / "CMakeLists.txt").read_text() + "wavegate_folder(operator/new USES base)\n"
        self.assertIn("operator/new", str(list(layers.check_cmake(cmake))))


class Banned(unittest.TestCase):
    def test_calls_that_may_not_stand_there(self):
        for path, code in [
            ("operator/net/pace.cpp", "auto t = std::chrono::system_clock::now();"),
            ("operator/store/sqlite.cpp", "std::chrono::steady_clock::time_point t;"),
            ("operator/net/retry.cpp", "asio::steady_timer timer(executor);"),
            ("operator/base/digest.cpp", "std::random_device seed;"),
            ("reconcilers/rollout/decide.cpp", "int n = rand();"),
            ("operator/store/sqlite.cpp", "std::thread worker(f);"),
            ("operator/net/curl.cpp", 'auto p = getenv("http_proxy");'),
            ("operator/source/git.cpp", "const auto pid = fork();"),
            ("operator/source/git.cpp", 'execvp("git", argv);'),
            ("operator/source/git.cpp", 'system("git fetch");'),
            ("operator/source/git.cpp", 'popen("git fetch", "r");'),
            ("operator/source/git.cpp", "posix_spawn(&pid, path, 0, 0, argv, envp);"),
            ("operator/runtime/loop.cpp", "std::this_thread::sleep_for(1s);"),
            ("operator/runtime/loop.cpp", "asio::co_spawn(e, f(), asio::detached);"),
            ("tests/unit/net/retry_test.cpp", "std::this_thread::sleep_for(1s);"),
            ("tests/unit/net/retry_test.cpp", "asio::co_spawn(e, f(), rethrow);"),
            ("tests/unit/net/retry_test.cpp", "auto t = std::chrono::system_clock::now();"),
            ("operator/status/project.cpp", "auto t = time(nullptr);"),
        ]:
            with self.subTest(path=path, code=code):
                self.assertEqual([line for line, _ in banned.check(path, "\n" + code)], [2])

    def test_files_that_may_and_words_that_only_look_alike(self):
        for path, code in [
            ("operator/runtime/clock.cpp", "auto t = std::chrono::system_clock::now();"),
            ("operator/net/curl_transport.cpp", "asio::steady_timer timer(executor);"),
            ("operator/net/server.cpp", "asio::steady_timer timer(executor);"),
            ("operator/runtime/pool.cpp", "std::thread worker(f);"),
            ("operator/program/commands.cpp", 'getenv("WAVEGATE_LISTEN");'),
            ("operator/runtime/process.cpp", "::execv(program, argv);"),
            ("operator/source/child.cpp", "posix_spawn(&pid, path, 0, 0, argv, envp);"),
            ("operator/net/pace.cpp", "co_await clock.sleep_until(when); // not sleep_for"),
            ("operator/base/time.hpp", "std::chrono::time_point<std::chrono::system_clock> t;"),
            ("operator/base/error.cpp", "auto c = std::error_code(e, std::system_category());"),
            ("operator/base/error.cpp", "throw boost::system::system_error(e);"),
            ("operator/store/sqlite.cpp", "database.exec(statement); lease.fork(1);"),
            ("operator/model/operand.cpp", "operand(); strand();"),
            ("operator/net/pace.cpp", 'log::info("getenv( and fork( in a text");'),
        ]:
            with self.subTest(path=path, code=code):
                self.assertEqual(list(banned.check(path, code)), [])


class Coroutines(unittest.TestCase):
    def problems(self, code, path="operator/net/a.cpp"):
        return coroutines.check(path, "Task<void> f() {\n" + code + "\n}\n")[0]

    def test_patterns_that_crash(self):
        for code in [
            "co_await f(Agg{1});",
            "co_await f({.a = 1});",
            "co_await f(std::array{1, 2});",
            "auto x = co_await f(std::make_unique<Agg>(Agg{1}));",
            "co_await S{1}.method();",
            "Agg a{co_await f()};",
            "v.push_back(Agg{co_await f()});",
            "co_return Agg{co_await f()};",
            "auto x = b ? co_await f() : g();",
            "co_await f(b ? s() : t());",
            "auto x = co_await yes() ? s() : t();",
            "if (co_await f(Agg{1})) { g(); }",
            "while (co_await f(b ? s() : t())) { g(); }",
            "switch (co_await f()) { case 1: break; }",
            "co_await f([x] { return x; });",
            "co_await f([&]() -> int { return x; });",
            "co_await f([this](int i) mutable { return i; }, 2);",
            "co_await [s]() -> Task<void> { return g(s); }();",
            "co_await f(\n    one,\n    Agg{1});",
            "for (auto& x : (co_await f())->items) { g(x); }",
            "g([](int i) -> Task<void> { co_await f(Agg{i}); });",
        ]:
            with self.subTest(code=code):
                self.assertNotEqual(self.problems(code), [])

    def test_patterns_that_are_safe(self):
        for code in [
            "co_await f(std::string(\"x\"));",
            "Agg a{1}; co_await f(std::move(a));",
            "auto work = [x] { return x; }; co_await f(std::move(work));",
            "auto [a, b] = co_await f();",
            "const auto& [a, b] = co_await f(table[i]);",
            "const auto& x = co_await f();",
            "if (auto r = co_await f(); !r) { co_return r.take_error(); } else { g(); }",
            "switch (auto k = co_await f(); k) { case 1: { g(); } default: h(); }",
            "for (auto& x : items) { co_await f(x); }",
            "for (std::size_t i = 0; i < n; ++i) { co_await f(i); }",
            "v.push_back(co_await f()); m[k] = co_await f();",
            "co_await f([](int i) { return i; });",
            "co_return b ? x : y;",
            "co_return Agg{1};",
            "auto x = b ? s() : t(); co_await f(x);",
            "do { co_await f(); } while (b ? c : d);",
            "try { co_await f(); } catch (const std::exception& e) { g(Agg{e}); }",
            "co_await f(\"{ ? }\"); // Agg{1} ? a : b",
        ]:
            with self.subTest(code=code):
                self.assertEqual(self.problems(code), [])

    def test_names_the_line_where_the_statement_begins(self):
        self.assertEqual([line for line, _ in self.problems("g();\n\nco_await\n  f(Agg{1});")], [4])

    def test_a_mark_on_or_above_the_statement_spares_and_counts_it(self):
        code = "// co_await: checked\nco_await f(b ? 1 : 2);\nco_await f(b ? 3 : 4);"
        found, spared = coroutines.check("operator/net/a.cpp", code)
        self.assertEqual(([line for line, _ in found], spared), ([3], 1))

    def test_a_coroutine_lambda_captures_nothing_outside_tests(self):
        capturing = "auto g = [this]() -> Task<void> { co_await f(); };"
        self.assertNotEqual(self.problems(capturing), [])
        self.assertEqual(self.problems(capturing, "tests/unit/net/a_test.cpp"), [])
        self.assertEqual(self.problems("auto g = [](X& x) -> Task<void> { co_await f(x); };"), [])
        nested = "auto g = [x] { h([](int i) -> Task<void> { co_await f(i); }); };"
        self.assertEqual(self.problems(nested), [])


class Tree(unittest.TestCase):
    def test_the_top_level_holds_only_what_belongs_there(self):
        good = ["CMakeLists.txt", ".ci/run", "operator/program/main.cpp", "README.md", "tests/run.sh"]
        self.assertEqual(list(tree.check_top(good)), [])
        for stray in ["docs/a.md", "Makefile", "scripts/x.sh", "NOTES.md", "operators"]:
            self.assertEqual(len(list(tree.check_top([*good, stray]))), 1, stray)

    def test_no_unfinished_work_machine_paths_or_registry_hosts(self):
        for text in [
            "// TO" "DO: later", "# FIX" "ME", "/* XX" "X */", 'cd "/wor' 'k/main"',
            "see /tm" "p/bash_jobs/1", "deb http://de" "b.debian.org/debian", "https://pyp" "i.org",
            "/roo" "t/.ssh/id",
        ]:
            self.assertEqual([line for line, _ in tree.check_words("ok\n" + text)], [2], text)
        for text in ["mktemp -d XXXXXX", "net/work/a", "/var/lib/wavegate", "todo list", "docker.io"]:
            self.assertEqual(list(tree.check_words(text)), [], text)

    def test_long_files_are_noted_from_401_lines_on(self):
        self.assertFalse(tree.is_long("\n" * 400))
        self.assertTrue(tree.is_long("\n" * 401))


class Papers(unittest.TestCase):
    def found(self, text):
        return [line for line, _ in papers.check(text)]

    def test_blocks_that_are_as_they_should_be(self):
        for text in [
            "```yaml\na: 1\n---\nb: [2]\n```\n",
            "```yaml operator.yaml\nlisten: 127.0.0.1:1\n```\n",
            "```yaml compose\nservices: { a: { image: x, volumes: [ \"/b:/c\" ] } }\n```\n",
            "- in a list\n\n  ```hcl\n  path \"kv/*\" { a = [\"}\"] }\n  ```\n",
            "```sh\nif true; then echo \"$A\"; fi\n```\n",
            "````text\n```\nnot one of its own\n````\n",
            "no block\n",
        ]:
            self.assertEqual(self.found(text), [], text)

    def test_blocks_that_are_not(self):
        for text in [
            "\n```yaml\na: 1\na: 2\n```\n",
            "\n```yaml\na: [1\n```\n",
            "\n```yaml of.mine\na: 1\n```\n",
            "\n```yaml compose\nservices: { a: { image: x, secrets: [ b ] } }\n```\n",
            "\n```sh\nif true; then\n```\n",
            "\n```json\n{\"a\": 1,}\n```\n",
            "\n```hcl\npath { ]\n```\n",
            "\n```cobol\nSTOP RUN.\n```\n",
            "\n```\nof no language\n```\n",
            "\n```sh\nnever closed\n",
        ]:
            self.assertEqual(self.found(text), [2], text)


class Unmended(unittest.TestCase):
    def test_counts_faults_and_refuses_a_name_that_stands_twice(self):
        texts = {
            "tests/sim/a.cpp": 'while_unmended("one", [] {});\nwhile_unmended(\n    "two", [] {});\n',
            "tests/sim/b.cpp": '\nwhile_unmended("one", [] {});\n',
        }
        found, shown = unmended.check(texts)
        self.assertEqual([(path, line) for path, line, _ in found], [("tests/sim/b.cpp", 2)])
        self.assertEqual(shown, 2)

    def test_names_are_literals(self):
        for name in ["", '""', "name", '"a" "b"', '"a" + b', 'std::string("a")']:
            found, shown = unmended.check({"tests/sim/a.cpp": f"while_unmended({name}, [] {{}});"})
            self.assertEqual((len(found), shown), (1, 0), name)

    def test_its_own_files_are_spared(self):
        for path in ["tests/support/while_unmended.hpp", "tests/unit/support/while_unmended_test.cpp"]:
            self.assertEqual(unmended.check({path: 'while_unmended("a", f);' * 2}), ([], 0))


class Whole(unittest.TestCase):
    def test_one_violation_of_each_rule_is_reported_under_its_name(self):
        texts = {
            "CMakeLists.txt": (ROOT / "CMakeLists.txt").read_text(),
            "Makefile": "all:\n",
            "README.md": "```\n```\n",
            "operator/base/a.cpp": '#include "operator/model/b.hpp"\nint n = rand();\n',
            "operator/model/b.hpp": "Task<int> f() { co_await g(Agg{1}); }  // FIX" "ME\n",
            "reconcilers/guard/a.cpp": "namespace {\nconstexpr int kA = 1;\n}  // namespace\n",
            "reconcilers/guard/b.cpp": "namespace {\nconstexpr int kA = 1;\n}  // namespace\n",
            "reconcilers/guard/judge.hpp": "",
            "tests/mutants/a.mutants": "A1 gone: b\nin operator/base/a.cpp\nby test_a\n- c\n+ d\n",
            "tests/sim/oracle.cpp": '#include "reconcilers/guard/judge.hpp"\n',
            "tests/sim/test_a.cpp": "while_unmended(name, [] {});\n",
        }
        found, _ = lint.lint(texts)
        self.assertEqual(sorted(rule for rule, _ in found), sorted(lint.RULES))


class Mutants(unittest.TestCase):
    FILE = "bool f(int a) {\n    return a > 1 &&\n           a < 9;\n}\n"

    def mutant(self, lines, title="A1 name: what it breaks"):
        return mutants.parse("a", f"{title}\nin f.cpp\nby test_a Case.*\n{lines}")

    def test_are_put_where_their_text_stands_however_it_is_broken(self):
        (mutant,) = self.mutant("- return a>1 && a < 9;\n+ return true;\n")
        self.assertEqual(mutant.apply(self.FILE), "bool f(int a) {\n    return true;\n}\n")
        self.assertEqual(mutant.tests, [("test_a", "Case.*")])

    def test_may_change_several_places_and_take_things_away(self):
        (mutant,) = self.mutant("- a > 1 &&\n- a < 9\n+ false\n- int a\n")
        self.assertEqual(mutant.apply(self.FILE), "bool f() {\n    return false;\n}\n")

    def test_keep_words_apart(self):
        (mutant,) = self.mutant("- returna > 1\n+ x\n")
        with self.assertRaises(mutants.Broken):
            mutant.apply(self.FILE)

    def test_are_broken_where_their_text_stands_twice_or_never(self):
        for text in ("a", "b"):
            (mutant,) = self.mutant(f"- {text}\n+ c\n")
            with self.assertRaisesRegex(mutants.Broken, "stands (3|0) times"):
                mutant.apply(self.FILE.replace("b", "B"))

    def test_are_broken_that_change_nothing_or_name_no_file(self):
        lines = "A1 n: x\nin {}\nby t\n- a > 1\n+ a  > 1\n"
        found = mutants.check({"tests/mutants/a.mutants": lines.format("f.cpp"), "f.cpp": self.FILE})
        self.assertIn("changes nothing", found[0][2])
        found = mutants.check({"tests/mutants/a.mutants": lines.format("g.cpp")})
        self.assertIn("there is no g.cpp", found[0][2])

    def test_are_broken_that_lack_something(self):
        for text in ("no title\n", "A1 n: x\nby t\n- a\n", "A1 n: x\nin f\n- a\n", "A1 n: x\nof\n"):
            with self.assertRaises(mutants.Broken):
                mutants.parse("a", text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=Path, help='gets "PASSED FAILED"')
    options = parser.parse_args()
    tests = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(verbosity=1).run(tests)
    failed = len({test.id().split(" ")[0] for test, _ in result.failures + result.errors})
    if options.count:
        options.count.write_text(f"{result.testsRun - failed} {failed}\n")
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
