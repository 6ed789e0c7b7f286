package import Geometry

/// A level of the ladder cut into bands of rows that one network of fixed size runs over.
///
/// The first network's convolutions are valid and its pooling has stride 2, so every output row
/// whose 12 input rows lie in a band is the same as in a run over the whole level (up to rounding,
/// since kernels choose their tiles by size), provided that bands start at even rows. The partial row that rounding up the pooling gives belongs to the last
/// band, whose end is the level's.
package struct LevelBands: Hashable, Sendable {
  /// One run of the network.
  package struct Band: Hashable, Sendable {
    /// First input row; even.
    package var start: Int
    /// Rows of the level's output, which begin at `start / 2`, that earlier bands leave to this one.
    package var outputRows: Range<Int>
  }

  /// Input size of every band.
  package let size: Size
  package let bands: [Band]

  /// - Parameter pixelBudget: Pixels of a band, as far as 24 rows and the overlap allow.
  /// - Precondition: Both sides of `level` are at least 12.
  package init(_ level: Size, pixelBudget: Int) {
    precondition(level.width >= 12 && level.height >= 12, "a level holds at least one cell")
    let parity = level.height & 1
    // Rows that neighbouring bands share.
    let overlap = 10 + parity
    let most = max(pixelBudget / level.width, overlap + 24)
    var count = 1
    if level.height > most {
      count = (level.height - overlap + most - overlap - 1) / (most - overlap)
    }
    var height = (level.height + (count - 1) * overlap + count - 1) / count
    if height & 1 != parity { height += 1 }
    height = min(height, level.height)
    size = Size(width: level.width, height: height)
    let rows = LevelBands.outputSide(level.height)
    let exact = (height - 12) / 2 + 1
    var bands: [Band] = []
    var done = 0
    while done < rows {
      let start = min(2 * done, level.height - height)
      let end = start == level.height - height ? rows : start / 2 + exact
      bands.append(Band(start: start, outputRows: done..<end))
      done = end
    }
    self.bands = bands
  }

  /// Cells along a side of `side` pixels: `ceil((side - 2) / 2) - 4`.
  package static func outputSide(_ side: Int) -> Int { (side - 1) / 2 - 4 }
}
