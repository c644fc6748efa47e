"""Formats of tests that are no files of their own. A module, because lit's
workers look classes up by name."""

import os

import lit.formats
import lit.Test
import lit.util


class PerVariant(lit.formats.TestFormat):
    """A test for each file of lib/Variants, of its name: a new variant is tested
    by being there. It runs a Python script of the folder with the name behind its
    arguments."""

    def __init__(self, script, *arguments):
        self.script = script
        self.arguments = arguments

    def getTestsInDirectory(self, testSuite, path_in_suite, litConfig, localConfig):
        for file in sorted(os.listdir(os.path.join(localConfig.sluice_source_dir, "lib/Variants"))):
            name, extension = os.path.splitext(file)
            if extension == ".mlir":
                yield lit.Test.Test(testSuite, path_in_suite + (name,), localConfig)

    def execute(self, test, litConfig):
        folder = os.path.dirname(test.getSourcePath())
        command = [test.config.python, "-B", os.path.join(folder, self.script)]
        command += [*self.arguments, test.path_in_suite[-1]]
        out, err, code = lit.util.executeCommand(
            command, env=test.config.environment, timeout=litConfig.maxIndividualTestTime
        )
        output = f"{' '.join(command)}\n{out}{err}"
        return lit.Test.Result(lit.Test.FAIL if code else lit.Test.PASS, output)
