package import Geometry

/// What is drawn for one detection.
package struct Annotation: Hashable, Sendable {
  /// In pixels of the picture; may leave it.
  package var box: Box
  /// Shown above the box, or inside where there is no room; ASCII.
  package var label: String
  package var color: Color
  package var landmarks: [Point]

  package init(box: Box, label: String, color: Color, landmarks: [Point] = []) {
    self.box = box
    self.label = label
    self.color = color
    self.landmarks = landmarks
  }
}
