export const people = {
  title: 'Members',
  password: {
    change: 'Change password',
    set: 'Set password',
    text: 'You sign in with it as <email>{{email}}</email>. You are signed out everywhere else.',
    current: 'Current password',
    new: 'New password',
    again: 'New password again',
    length: 'At least {{min}} characters.',
    differ: 'The two passwords differ.',
    changed: 'The password is changed.',
    isSet: 'The password is set.',
  },
}
