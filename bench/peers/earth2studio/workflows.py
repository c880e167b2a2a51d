"""The jobs of bench/workflows, as users of Earth2Studio write them."""

from earth2studio.serve.server import Workflow, WorkflowParameters, WorkflowRegistry


class TrivialParameters(WorkflowParameters):
    number: int = 0


class Trivial(Workflow):
    name = "trivial"
    description = "Nothing"
    Parameters = TrivialParameters

    @classmethod
    def validate_parameters(cls, parameters: object) -> TrivialParameters:
        return cls.Parameters.validate(parameters)

    def run(self, parameters: dict, execution_id: str) -> dict:
        self.get_output_path(execution_id)  # makes the folder
        return {}


class FilesParameters(WorkflowParameters):
    pass


class Files(Trivial):
    name = "files"
    description = "A small file and a large one"
    Parameters = FilesParameters

    def run(self, parameters: dict, execution_id: str) -> dict:
        folder = self.get_output_path(execution_id)
        for index in range(64):
            (folder / f"chunk-{index}").write_bytes(bytes([index]) * 1248)
        with open(folder / "large.bin", "wb") as file:
            file.truncate(2**30 + 4 * 2**20)
        return {}


for workflow in (Trivial, Files):
    WorkflowRegistry.instance().register(workflow)
