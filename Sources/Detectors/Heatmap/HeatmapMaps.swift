/// The maps that a network with centre heatmaps gives for one picture, all over the same grid.
package struct HeatmapMaps: Hashable, Sendable {
  package var columns: Int
  package var rows: Int
  package var classCount: Int
  /// Probabilities `[classCount, rows, columns]`.
  package var heat: [Float]
  /// `[2, rows, columns]`.
  package var size: [Float]
  /// `[2, rows, columns]`, in cells.
  package var offset: [Float]?
  /// `[2 * landmarks, rows, columns]`, in widths and heights from the box's top left corner.
  package var landmarks: [Float]?

  package init(
    columns: Int, rows: Int, classCount: Int, heat: [Float], size: [Float], offset: [Float]? = nil,
    landmarks: [Float]? = nil
  ) {
    self.columns = columns
    self.rows = rows
    self.classCount = classCount
    self.heat = heat
    self.size = size
    self.offset = offset
    self.landmarks = landmarks
  }

  var cellCount: Int { columns * rows }
}
