internal import Detectors
internal import Evaluation
internal import Geometry
internal import Imaging

extension ScoredPicture {
  /// Detections as the evaluation takes them.
  ///
  /// - Parameter classes: Per class of the model the class of the evaluation; detections of classes
  ///   without one are left out.
  static func found(_ detections: [Detection], classes: [Int?]) -> [Found] {
    detections.compactMap { detection in
      guard classes.indices.contains(detection.classID), let index = classes[detection.classID]
      else { return nil }
      return Found(
        box: OriginSizeBox(detection.box), classIndex: index, score: detection.score)
    }
  }
}

/// The upright pixels of a picture file.
///
/// - Throws: `Failure`.
func decodedImage(_ path: InputPath, with decoder: ImageDecoder) throws -> Image {
  try decode(path, with: decoder).image
}
