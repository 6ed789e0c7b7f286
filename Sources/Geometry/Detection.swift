/// One detected object: box and landmarks in upright source pixels.
package struct Detection: Hashable, Sendable {
  package var box: Box
  /// In `(0, 1]` for every detector of this toolkit; higher is surer.
  package var score: Double
  /// Index into the model's class names.
  package var classID: Int
  package var landmarks: [Point]
  /// The corners of the object's outline, clockwise; empty where the detector gives boxes only.
  package var polygon: [Point]

  package init(
    box: Box, score: Double, classID: Int, landmarks: [Point] = [], polygon: [Point] = []
  ) {
    self.box = box
    self.score = score
    self.classID = classID
    self.landmarks = landmarks
    self.polygon = polygon
  }
}
