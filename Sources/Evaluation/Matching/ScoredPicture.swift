package import Geometry

/// One picture of an evaluation: what is there and what was found. All boxes are in one frame.
package struct ScoredPicture: Hashable, Sendable {
  /// Something that is labelled.
  package struct Object: Hashable, Sendable {
    package var box: OriginSizeBox
    package var classIndex: Int
    /// By which the object is small, medium or large, in square pixels: of its outline, where the
    /// data set knows it, which is less than its box's.
    package var area: Double
    /// Stands for many objects: any number of detections may match it, and none counts.
    package var isCrowd: Bool
    /// Neither finding nor missing it counts.
    package var isIgnored: Bool

    /// - Parameter area: `nil` takes the box's.
    package init(
      box: OriginSizeBox, classIndex: Int, area: Double? = nil, isCrowd: Bool = false,
      isIgnored: Bool = false
    ) {
      self.box = box
      self.classIndex = classIndex
      self.area = area ?? box.area
      self.isCrowd = isCrowd
      self.isIgnored = isIgnored || isCrowd
    }
  }

  /// Something that was found.
  package struct Found: Hashable, Sendable {
    package var box: OriginSizeBox
    package var classIndex: Int
    package var score: Double

    package init(box: OriginSizeBox, classIndex: Int, score: Double) {
      self.box = box
      self.classIndex = classIndex
      self.score = score
    }
  }

  package var objects: [Object]
  package var found: [Found]

  package init(objects: [Object] = [], found: [Found] = []) {
    self.objects = objects
    self.found = found
  }
}

/// The order in which detections are looked at: surest first, equal scores as given.
func byScore(_ scores: [Double]) -> [Int] {
  scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
}
