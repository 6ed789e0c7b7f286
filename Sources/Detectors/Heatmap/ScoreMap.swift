package import Geometry

/// What a heatmap detector saw in one picture: the surest class of each cell.
package struct ScoreMap: Sendable {
  package var columns: Int
  package var rows: Int
  /// Probabilities `[rows, columns]`.
  package var values: [Float]
  /// From source pixels to cells; cell `i` covers `[i, i + 1)`.
  package var map: CoordinateMap
}

/// A detector whose heatmap can be looked at.
package protocol HeatmapSource: AnyObject {
  /// The heatmap of the picture detected last; `nil` before the first.
  var scoreMap: ScoreMap? { get }
}
