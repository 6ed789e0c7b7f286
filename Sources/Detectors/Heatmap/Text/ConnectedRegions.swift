package import Geometry

/// The 8-connected regions of a binary map.
package enum ConnectedRegions {
  /// A stretch of set cells of one row.
  private struct Run {
    var row: Int
    var first: Int
    var last: Int
    /// The run that stands for this one's region, found by following parents.
    var parent: Int
  }

  /// - Parameters:
  ///   - mask: `[rows, columns]`.
  ///   - columns: Positive.
  /// - Returns: For each region, in the order of its first cell, the ends of its runs as (column,
  ///   row): enough for its convex hull.
  /// - Complexity: O(cells), almost.
  package static func runEnds(of mask: [Bool], columns: Int) -> [[Point]] {
    precondition(columns > 0 && mask.count % columns == 0, "a map of whole rows")
    var runs: [Run] = []
    var above = 0..<0
    for row in 0..<mask.count / columns {
      let start = runs.count
      appendRuns(of: mask, row: row, columns: columns, to: &runs)
      join(&runs, above, start..<runs.count)
      above = start..<runs.count
    }
    var regions: [[Point]] = []
    var regionOfRoot: [Int: Int] = [:]
    for index in runs.indices {
      let root = root(of: index, &runs)
      let region = regionOfRoot[root] ?? regions.count
      if region == regions.count {
        regionOfRoot[root] = region
        regions.append([])
      }
      let run = runs[index]
      regions[region].append(Point(x: Double(run.first), y: Double(run.row)))
      if run.last > run.first {
        regions[region].append(Point(x: Double(run.last), y: Double(run.row)))
      }
    }
    return regions
  }

  private static func appendRuns(
    of mask: [Bool], row: Int, columns: Int, to runs: inout [Run]
  ) {
    let start = row * columns
    var column = 0
    while column < columns {
      guard mask[start + column] else {
        column += 1
        continue
      }
      let first = column
      while column < columns && mask[start + column] { column += 1 }
      runs.append(Run(row: row, first: first, last: column - 1, parent: runs.count))
    }
  }

  /// Joins runs of a row with those above that touch them, corners included.
  private static func join(_ runs: inout [Run], _ above: Range<Int>, _ row: Range<Int>) {
    var upper = above.lowerBound
    for lower in row {
      while upper < above.upperBound && runs[upper].last < runs[lower].first - 1 { upper += 1 }
      var touching = upper
      while touching < above.upperBound && runs[touching].first <= runs[lower].last + 1 {
        let (a, b) = (root(of: touching, &runs), root(of: lower, &runs))
        runs[max(a, b)].parent = min(a, b)
        touching += 1
      }
    }
  }

  private static func root(of index: Int, _ runs: inout [Run]) -> Int {
    var root = index
    while runs[root].parent != root {
      runs[root].parent = runs[runs[root].parent].parent
      root = runs[root].parent
    }
    return root
  }
}
