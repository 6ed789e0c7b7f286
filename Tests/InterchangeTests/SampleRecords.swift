import Geometry
import Interchange

/// Records that the formats are tested on.
enum SampleRecords {
  static let picture = Record.Picture(
    sourceSize: Size(width: 200, height: 100), orientation: 1)

  static func record(
    path: String = "a/1.jpg", boxes: [(Box, Double, Int, String)] = [], landmarks: [Point] = []
  ) -> Record {
    let detections = boxes.map { box, score, classID, name in
      Record.NamedDetection(
        Detection(box: box, score: score, classID: classID, landmarks: landmarks), className: name)
    }
    return Record(
      path: Array(path.utf8), picture: picture, model: "m", outcome: .detections(detections))
  }

  static let cup = (
    Box(minX: 10, minY: 20.00049, maxX: 60.12345, maxY: 70), 0.87654321, 41, "cup"
  )

  static let failed = Record(
    path: Array("b.png".utf8), picture: nil, model: "m",
    outcome: .failure(Failure(.decode, "not a valid PNG")))
}
