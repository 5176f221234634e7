"""The browser that the tests in this folder share, and a page of its own for each."""

import contextlib

import pytest
from chromium import ADVICE, find_chromium, launch_options
from front_end import HARNESS, served, show
from lab import running_lab
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def browser():
    executable = find_chromium()
    if executable is None:
        pytest.fail(ADVICE, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(executable))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser):
    """Where the pages share what they have loaded, JupyterLab's megabytes above all."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)  # ms; the pages of a busy machine are slow, not wrong
    yield context
    context.close()


@contextlib.contextmanager
def watched(page, *, ours=""):
    """A page; a JavaScript error that nobody caught fails the test, where `ours` is in it."""
    errors = []

    def note(error):
        errors.append(error.stack or error.message)

    page.on("pageerror", note)
    yield page
    page.remove_listener("pageerror", note)
    errors = [error for error in errors if ours in error]
    assert not errors, "uncaught in the page:\n" + "\n".join(errors)


@pytest.fixture
def page(context, modules_page, request):
    """An empty page, 1280 by 900; an error that nobody caught fails the test, but not one of Jupyter's own.

    Notebook 7 has one each time its settings are read, JupyterLab when a kernel is restarted before it was ready.
    Ours come from a blob, which is how anywidget loads a front end. A file with `ONE_PAGE` has one for all its tests.
    """
    ours = "blob:" if "lab" in request.fixturenames else ""
    if getattr(request.module, "ONE_PAGE", False):
        with watched(request.getfixturevalue("lab_page"), ours=ours) as page:
            yield page
    else:
        with watched(context.new_page(), ours=ours) as page:
            yield page
            page.close()


@pytest.fixture(scope="module")
def lab_page(context):
    """A page for all tests of a file: to load JupyterLab costs as much as most of them."""
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    """JupyterLab and Notebook 7, one server with both for all tests of this process."""
    with running_lab(tmp_path_factory.mktemp("lab"), "--JupyterNotebookApp.expose_app_in_browser=True") as lab:
        yield lab


@pytest.fixture(scope="module")
def lab(running):
    """The running Jupyter. A file's notebooks and recordings have names of their own; its kernels end with it."""
    yield running
    running.end_kernels()


@pytest.fixture(scope="session")
def address():
    """Where the front end's files are served."""
    with served() as address:
        yield address


@pytest.fixture(scope="session")
def modules_page(context, address):
    """One page for all tests of single functions: a page of its own for each would cost more than they do."""
    page = context.new_page()
    page.goto(address + "widgets/explorer/view.css")
    page.evaluate(HARNESS)
    yield page
    page.close()


@pytest.fixture
def modules(modules_page, address):
    """Call functions of the front end's modules: ``modules("display/colours.js", "(m, x) => m.f(x)", x)``."""

    def call(name, function, argument=None):
        script = f"async ([name, argument]) => ({function})(await import(name), argument)"
        return modules_page.evaluate(script, [address + name, argument])

    with watched(modules_page):
        yield call


@pytest.fixture
def screen(page, address):
    """The screen at call 0 of 5, focused, with calls 0 and 1 in memory."""
    screen = show(page, address)
    screen.send(0)
    screen.send(1)
    screen.wait("root().dataset.state === 'shown'")
    page.focus(".battycoda-explorer")
    return screen
