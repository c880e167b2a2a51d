"""Writes an Icechunk repository of a million virtual chunks of 1 KiB in a thousand files, and copies of it that nobody has opened."""

import pathlib
import shutil
import sys

import icechunk
import numpy as np
import zarr

icechunk.set_logs_filter("error")  # it writes them where the answer goes
CHUNKS, FILES, VALUES = 1_000_000, 1000, 256

folder, copies = pathlib.Path(sys.argv[1]), int(sys.argv[2])
shutil.rmtree(folder, ignore_errors=True)
(folder / "files").mkdir(parents=True)
per_file = CHUNKS // FILES
for number in range(FILES):
    (np.arange(per_file * VALUES, dtype="<i4") + number).tofile(folder / "files" / f"part-{number:05d}.bin")

prefix = f"file://{folder}/files/"
config = icechunk.RepositoryConfig.default()
config.set_virtual_chunk_container(icechunk.VirtualChunkContainer(prefix, icechunk.local_filesystem_store(str(folder / "files"))))
repository = icechunk.Repository.create(icechunk.local_filesystem_storage(str(folder / "repository-0")), config=config)
repository.save_config()
session = repository.writable_session("main")
zarr.create_group(session.store)
zarr.create_array(session.store, name="v", shape=(CHUNKS * VALUES,), chunks=(VALUES,), dtype="<i4", compressors=None, fill_value=-1)
places = ((chunk, *divmod(chunk, per_file)) for chunk in range(CHUNKS))
size = 4 * VALUES
references = [icechunk.VirtualChunkSpec([chunk], f"{prefix}part-{file:05d}.bin", size * place, size) for chunk, file, place in places]
session.store.set_virtual_refs("/v", references, validate_containers=False)
session.commit("a million references")
for copy in range(1, copies):
    shutil.copytree(folder / "repository-0", folder / f"repository-{copy}")
print("null")
