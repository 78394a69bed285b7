"""How pages look to people who see colours differently: `python -m docs.colour_vision FOLDER picture.png …`.

Deuteranopia and tritanopia after Machado, Oliveira & Fernandes 2009 (severity 1, linear RGB), and grey as a printer gives it.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

KINDS = {
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
}


def seen(picture: np.ndarray, kind: str) -> np.ndarray:
    """Return an 8-bit RGB picture as it is seen."""
    share = picture / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    other = np.clip(linear @ np.array(KINDS[kind]).T, 0, 1)
    return np.rint(255 * np.where(other <= 0.0031308, other * 12.92, 1.055 * other ** (1 / 2.4) - 0.055)).astype(np.uint8)


def main(folder: str, *pictures: str) -> None:
    for path in map(Path, pictures):
        picture = np.asarray(Image.open(path).convert("RGB"), dtype=float)
        for kind in KINDS:
            Image.fromarray(seen(picture, kind)).save(Path(folder) / f"{path.stem}-{kind}.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
