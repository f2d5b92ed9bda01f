"""Files by glob from a commit and from the work tree, alike."""

from __future__ import annotations

import pytest

from gate import git
from gate.errors import AdapterError
from gate.tree import CommitTree, WorkTree

FILES = {"pkg/a.py": "1", "pkg/b.py": "2", "pkg/sub/c.py": "3", "other/a.py": "4", "pkg/a.txt": "5", "top.py": "6"}

GLOBS = [
    (["pkg/*.py"], {"pkg/a.py", "pkg/b.py"}),
    (["pkg/**/*.py"], {"pkg/a.py", "pkg/b.py", "pkg/sub/c.py"}),
    (["**/a.py"], {"pkg/a.py", "other/a.py"}),
    (["*.py"], {"top.py"}),
    (["**"], set(FILES)),
    (["pkg/?.py", "top.py"], {"pkg/a.py", "pkg/b.py", "top.py"}),
    (["pkg/a.*"], {"pkg/a.py", "pkg/a.txt"}),
    (["pkg/[ab].py"], set()),  # brackets are taken literally
    (["nothing/*.py"], set()),
    ([], set()),
]


@pytest.fixture
def trees(work):
    oid = work.commit(FILES)
    repo = git.open_repository(work.top)
    return CommitTree(repo=repo, commit=oid), WorkTree(repo=repo)


@pytest.mark.parametrize(("globs", "expected"), GLOBS)
def test_globs(trees, globs, expected):
    for tree in trees:
        found = tree.sources(globs).contents
        assert found == {path: FILES[path].encode() for path in expected}
        assert list(found) == sorted(found)


def test_the_work_tree_is_what_lies_there(work, trees):
    work.write({"pkg/new.py": "n", "pkg/a.py": "changed", ".gitignore": "pkg/ignored.py\n", "pkg/ignored.py": "x"})
    (work.top / "pkg/b.py").unlink()
    assert trees[1].sources(["pkg/*.py"]).contents == {"pkg/a.py": b"changed", "pkg/new.py": b"n"}
    assert trees[0].sources(["pkg/*.py"]).contents == {"pkg/a.py": b"1", "pkg/b.py": b"2"}


def test_one_file(trees):
    for tree in trees:
        assert tree.read("pkg/a.py") == b"1"
        assert tree.read("pkg/none.py") is None
        assert tree.read("pkg/a.py/x") is None


def test_a_symlink_is_not_followed(work, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("password")
    (work.top / "pkg").mkdir()
    (work.top / "pkg/link.py").symlink_to(secret)
    oid = work.commit({"pkg/a.py": "1"})
    repo = git.open_repository(work.top)
    for tree in (CommitTree(repo=repo, commit=oid), WorkTree(repo=repo)):
        with pytest.raises(AdapterError, match=r"pkg/link\.py: is a symlink"):
            tree.sources(["pkg/*.py"])
        with pytest.raises(AdapterError, match="symlink"):
            tree.read("pkg/link.py")


def test_a_folder_behind_a_symlink_is_not_followed(work, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "policy.yml").write_text("mode: advisory")
    work.commit({"a": "1"})
    (work.top / ".github").symlink_to(outside)
    with pytest.raises(AdapterError, match="symlink"):
        WorkTree(repo=git.open_repository(work.top)).read(".github/policy.yml")


def test_a_huge_source_is_refused(work):
    oid = work.commit({"pkg/big.py": b"#" * (4 * 1024 * 1024 + 1)})
    with pytest.raises(AdapterError, match=r"pkg/big\.py: has 4194305 bytes"):
        CommitTree(repo=git.open_repository(work.top), commit=oid).sources(["pkg/*.py"])


def test_a_link_in_place_of_a_folder_of_matches_hides_nothing(work):
    (work.top / "real/pkg").mkdir(parents=True)
    work.write({"real/pkg/a.py": "1", "other/pkg/b.py": "2"})
    (work.top / "pkg").symlink_to("real/pkg")
    (work.top / "docs").symlink_to("other")
    oid = work.commit({})
    repo = git.open_repository(work.top)
    for tree in (CommitTree(repo=repo, commit=oid), WorkTree(repo=repo)):
        for globs in (["pkg/*.py"], ["**/pkg/*.py"], ["pkg/sub/*.py"], ["real/*.py", "pkg/a.py"]):
            with pytest.raises(AdapterError, match=r"pkg: is a symlink"):
                tree.sources(globs)
        assert tree.sources(["real/**/*.py"]).contents == {"real/pkg/a.py": b"1"}
        with pytest.raises(AdapterError, match=r"pkg(/a\.py)?: is a symlink"):
            tree.read("pkg/a.py")


def test_a_submodule_in_place_of_a_folder_of_matches_is_refused(work):
    work.commit({"pkg/a.py": "1"})
    inner = type(work)(top=work.top / "sub/pkg")
    inner.top.mkdir(parents=True)
    inner.git("init", "-q")
    inner.commit({"h.py": "1"})
    oid = work.commit({})
    repo = git.open_repository(work.top)
    for tree in (CommitTree(repo=repo, commit=oid), WorkTree(repo=repo)):
        with pytest.raises(AdapterError, match=r"sub/pkg: is a submodule"):
            tree.sources(["**/pkg/*.py"])
        assert tree.sources(["pkg/*.py"]).contents == {"pkg/a.py": b"1"}


def test_what_lies_beside_matches_is_told(work):
    oid = work.commit(
        {"pkg/a.py": "1", "pkg/a/__init__.py": "2", "pkg/__pycache__/a.cpython-311.pyc": b"3", "x.py": "4"}
    )
    work.write({"pkg/__pycache__/b.cpython-311.pyc": b"5"})
    repo = git.open_repository(work.top)
    for tree in (CommitTree(repo=repo, commit=oid), WorkTree(repo=repo)):
        beside = tree.sources(["pkg/*.py"]).beside
        assert set(beside) == {"pkg/a/__init__.py", "pkg/__pycache__/a.cpython-311.pyc"}
        assert beside["pkg/a/__init__.py"] == work.git("hash-object", "pkg/a/__init__.py")


ATTRIBUTES = [  # .gitattributes, where it lies, the file's contents, what is wrong (None: nothing)
    ("*.py ident\n", "", "# $Id$\n", "ident"),
    ("*.py ident\n", "", "# $Id: 0123 $\n", "ident"),
    ("*.py ident\n", "", "# Id\n", None),
    ("*.c ident\n", "", "# $Id$\n", None),
    ("* ident\n", "pkg/", "# $Id$\n", "ident"),
    ("* ident\n", "other/", "# $Id$\n", None),
    ("a.py ident\n", "", "# $Id$\n", "ident"),
    ("/a.py ident\n", "", "# $Id$\n", None),
    ("pkg/*.py ident\n", "", "# $Id$\n", "ident"),
    ("pkg/** filter=x\n", "", "x = 1\n", "filter"),
    ("*.py ident\n*.py -ident\n", "", "# $Id$\n", None),
    ("*.py ident\na.py !ident\n", "", "# $Id$\n", None),
    ("[attr]id ident\n*.py id\n", "", "# $Id$\n", "ident"),
    ("[a-z].py ident\n", "", "# $Id$\n", "ident"),
    ("*.py filter=lower\n", "", "x = 1\n", "filter"),
    ("*.py filter=lower -filter\n", "", "x = 1\n", None),
    ("*.py working-tree-encoding=latin1\n", "", "x = 1\n", "working-tree-encoding"),
    ("*.py working-tree-encoding=UTF-8\n", "", "x = 1\n", None),
    ("*.py text eol=crlf diff=python\n", "", "# $Id$\n", None),
    ("# *.py ident\n\n   \n", "", "# $Id$\n", None),
]


@pytest.mark.parametrize(("rules", "folder", "contents", "wrong"), ATTRIBUTES)
def test_a_file_that_git_changes_at_checkout_is_refused(work, rules, folder, contents, wrong):
    oid = work.commit({f"{folder}.gitattributes": rules, "pkg/a.py": contents, "other/b.py": ""})
    repo = git.open_repository(work.top)
    for tree in (CommitTree(repo=repo, commit=oid), WorkTree(repo=repo)):
        for globs in (["pkg/*.py"], ["**/a.py"]):
            if wrong is None:
                assert tree.sources(globs).contents == {"pkg/a.py": contents.encode()}
            else:
                with pytest.raises(AdapterError, match=f"once it is checked out: .gitattributes gives it `{wrong}`"):
                    tree.sources(globs)
